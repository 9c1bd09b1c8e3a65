"""SIGHUP: definitions change while it runs, states stay, a slip of the pen
takes no alarm away, and replay of the journal says the same."""

import json
import signal

import pytest

from servers import Tocsin, tocsin, until

SILENT = {"Namespace": "N", "MetricName": "m", "Statistic": "Sum",
          "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
          "ComparisonOperator": "GreaterThanThreshold",
          "TreatMissingData": "breaching", "Tocsin": {"Delay": "1m"}}


def alarm(name, **more):
    return {"AlarmName": name, **SILENT, **more}


def composite(name, rule):
    return {"AlarmName": name, "AlarmRule": rule}


@pytest.fixture
def running(tmp_path):
    path = tmp_path / "alarms.json"
    path.write_text(json.dumps([alarm("a"), composite("c", "ALARM(a)")]),
                    encoding="utf-8")
    server = Tocsin(tmp_path, {
        "region": "us-east-2", "account": "111122223333",
        "alarms": [str(path)],
        "clock": {"start": "2026-01-01T00:00:00Z", "speed": 600}})

    def change(*alarms):
        path.write_text(json.dumps(alarms), encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)

    with server:
        until(lambda: changes(server, "c") == [("INSUFFICIENT_DATA", "OK"),
                                               ("OK", "ALARM")],
              "silence to ring")
        yield server, change


def changes(server, name):
    rows = [json.loads(row) for row in server.transitions()]
    return [(row["from"], row["to"]) for row in rows if row["alarm"] == name]


def configs(server):
    _, out, _ = tocsin("journal", "cat", server.journal)
    return sum(json.loads(row)["kind"] == "config"
               for row in out.splitlines())


def test_states_stay_and_composites_follow(running):
    server, change = running
    change(alarm("a", AlarmDescription="as before"), alarm("b"),
           composite("c", "NOT ALARM(a)"))
    until(lambda: changes(server, "c")[2:] == [("ALARM", "OK")],
          "the new rule to be evaluated")
    until(lambda: changes(server, "b") == [("INSUFFICIENT_DATA", "ALARM")],
          "the new alarm to ring")
    assert changes(server, "a") == [("INSUFFICIENT_DATA", "ALARM")]
    live = server.transitions()
    status, out, errors = tocsin("replay", server.journal)
    assert status == 0, errors
    assert out.encode().splitlines()[:len(live)] == live


def test_a_slip_takes_no_alarm_away(running):
    server, change = running
    before = configs(server)
    change(alarm("a", Period=61), composite("c", "ALARM(a)"))
    until(lambda: "reload_refused" in server.log(), "the refusal")
    assert configs(server) == before
    change(alarm("a"), alarm("b"), alarm("new", Period=61),
           composite("c", "ALARM(a)"))
    until(lambda: configs(server) == before + 1, "the good part to be taken")

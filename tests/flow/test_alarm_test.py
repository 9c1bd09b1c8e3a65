"""tocsin test and check --explain: a file of each kind of alarm passes; a
wrong expectation fails and shows why."""

import json

import pytest

from servers import tocsin

SNS = "arn:aws:sns:us-east-2:111122223333:dr"
LAG = {"Namespace": "AWS/RDS", "MetricName": "AuroraGlobalDBReplicationLag",
       "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "dr"}]}
SERIES = ("{metric: AWS/RDS AuroraGlobalDBReplicationLag, "
          "dimensions: {DBClusterIdentifier: dr}, values: '%s'}")


def alarm(name, **more):
    return {"AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:us-east-2:111122223333:alarm:{name}",
            "ActionsEnabled": True, "AlarmActions": [SNS],
            "EvaluationPeriods": 2, "Threshold": 1000.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **({"Period": 60, **LAG, "Statistic": "Average"}
               if "Metrics" not in more else {}), **more}


def stat(metric, period=60, how="Average"):
    return {"Metric": metric, "Period": period, "Stat": how}


METRIC = alarm("replication-lag")
MATH = alarm("double-lag", Metrics=[
    {"Id": "m1", "MetricStat": stat(LAG), "ReturnData": False},
    {"Id": "e1", "Expression": "m1 * 2", "ReturnData": True}])
EXTENDED = {**alarm("p99-lag", ExtendedStatistic="p99")}
del EXTENDED["Statistic"]
INSIGHTS = alarm("lag-anywhere", EvaluationPeriods=1, Metrics=[
    {"Id": "q1", "ReturnData": True, "Period": 60, "Expression":
     "SELECT MAX(AuroraGlobalDBReplicationLag) FROM SCHEMA(\"AWS/RDS\", "
     "DBClusterIdentifier) GROUP BY DBClusterIdentifier "
     "ORDER BY MAX() DESC"}])
ANOMALY = alarm("odd-lag", ThresholdMetricId="t1", EvaluationPeriods=1,
                ComparisonOperator="GreaterThanUpperThreshold", Metrics=[
                    {"Id": "m1", "MetricStat": stat(LAG), "ReturnData": True},
                    {"Id": "t1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)",
                     "ReturnData": True}])
del ANOMALY["Threshold"]
QUICK = alarm("quick-lag", Period=10)
COMPOSITE = {"AlarmName": "trouble", "AlarmRule":
             "ALARM(replication-lag) AND NOT ALARM(\"maintenance\")",
             "AlarmArn": "arn:aws:cloudwatch:us-east-2:111122223333:alarm:"
                         "trouble", "AlarmActions": [SNS]}
MAINTENANCE = alarm("maintenance", MetricName="Maintenance", Dimensions=[],
                    EvaluationPeriods=1, Threshold=0.0,
                    TreatMissingData="notBreaching")

GROWS = SERIES % "120x5 1500 2500 _ _ 90x10"

PASSES = {
    "metric": ([METRIC], GROWS, [
        "{at: 0s, alarm: replication-lag, state: INSUFFICIENT_DATA}",
        "{at: 6m, alarm: replication-lag, state: OK}",
        "{at: 7m, alarm: replication-lag, state: ALARM, actions: true}",
        "{at: 12m, alarm: replication-lag, state: OK, actions: true}"]),
    "math": ([MATH], GROWS, [
        "{at: 6m, alarm: double-lag, state: OK}",
        "{at: 7m, alarm: double-lag, state: ALARM}"]),
    "extended": ([EXTENDED], GROWS[:-1] + ", stat: p99}", [
        "{at: 6m, alarm: p99-lag, state: OK}",
        "{at: 7m, alarm: p99-lag, state: ALARM}"]),
    "insights": ([INSIGHTS], GROWS, [
        "{at: 5m, alarm: lag-anywhere, state: OK}",
        "{at: 6m, alarm: lag-anywhere, state: ALARM}",
        "{at: 6m, alarm: lag-anywhere, state: ALARM, "
        "contributor: {DBClusterIdentifier: dr}}",
        "{at: 12m, alarm: lag-anywhere, state: OK, "
        "contributor: {DBClusterIdentifier: dr}}"]),
    "anomaly": ([ANOMALY], SERIES % ("100 101 99 100 " * 5040 + "5000"), [
        "{at: 20160m, alarm: odd-lag, state: OK}",
        "{at: 20161m, alarm: odd-lag, state: ALARM}"]),
    "composite": ([METRIC, MAINTENANCE, COMPOSITE], GROWS, [
        "{at: 6m, alarm: trouble, state: OK}",
        "{at: 7m, alarm: trouble, state: ALARM}"]),
    "quick": ([QUICK], GROWS, [
        "{at: 60s, alarm: quick-lag, state: OK}",
        "{at: 70s, alarm: quick-lag, state: ALARM}"]),
}


def write(folder, alarms, series, expect, name="it", more=""):
    kinds = {"MetricAlarms": [a for a in alarms if "AlarmRule" not in a],
             "CompositeAlarms": [a for a in alarms if "AlarmRule" in a]}
    (folder / "alarms.json").write_text(json.dumps(kinds, indent=1))
    path = folder / "tests.yaml"
    path.write_text(
        "alarms: [alarms.json]\ntests:\n"
        f"  - name: {name}\n{more}    series:\n      - {series}\n"
        "    expect:\n" + "".join(f"      - {row}\n" for row in expect))
    return path


@pytest.mark.parametrize("kind", PASSES)
def test_each_kind_passes(tmp_path, kind):
    alarms, series, expect = PASSES[kind]
    path = write(tmp_path, alarms, series, expect,
                 more="    tick: 10s\n" if kind == "quick" else "")
    status, out, errors = tocsin("test", str(path))
    assert (status, out) == (
        0, f"TAP version 13\n1..1\nok 1 - {path}: it\n"), errors
    assert errors == "1 tests, 0 failed\n"


@pytest.mark.parametrize("kind", PASSES)
def test_each_kind_can_fail(tmp_path, kind):
    """The last expectation turned round."""
    alarms, series, expect = PASSES[kind]
    last = expect[-1]
    last = (last.replace("state: OK", "state: ALARM") if "state: OK" in last
            else last.replace("state: ALARM", "state: OK"))
    path = write(tmp_path, alarms, series, expect[:-1] + [last],
                 more="    tick: 10s\n" if kind == "quick" else "")
    status, out, _ = tocsin("test", str(path))
    assert status == 1
    assert out.startswith(f"TAP version 13\n1..1\nnot ok 1 - {path}: it\n")
    for word in ("# expected ", "# actual ", "# history ", "# at "):
        assert out.count(word) == 1
    assert ("# children " if kind == "composite" else "# came ") in out


def test_a_failure_shows_what_decided(tmp_path):
    path = write(tmp_path, [METRIC], GROWS,
                 ["{at: 7m, alarm: replication-lag, state: OK}"])
    status, out, _ = tocsin("test", str(path))
    rows = out.split("\n")
    assert status == 1
    assert rows[3] == ("# expected  replication-lag OK at 7m "
                       "(2026-01-01T00:07:00.000Z)")
    assert rows[4].startswith("# actual    replication-lag ALARM since 7m: "
                              "Threshold Crossed: 2 datapoints [")
    assert rows[5] == "# evaluated 00:06 2500.0, 00:05 1500.0"
    assert rows[6].endswith(
        "Average: 00:06 2500, 00:05 1500, 00:04 120, 00:03 120, 00:02 120, "
        "00:01 120, 00:00 120")
    assert rows[7].startswith("# history   ")
    assert "7m OK → ALARM" in rows[7]
    assert rows[8] == f"# at        {path}:7:9"


def test_quiet(tmp_path):
    path = write(tmp_path, [METRIC], GROWS,
                 ["{at: 1h, alarm: replication-lag, state: INSUFFICIENT_DATA}"],
                 more="    quiet: [replication-lag]\n")
    status, out, _ = tocsin("test", str(path))
    assert status == 1
    assert "# expected  replication-lag is quiet: never in ALARM\n" in out
    assert ("# actual    replication-lag ALARM at 7m "
            "(2026-01-01T00:07:00.000Z): Threshold Crossed") in out


def test_wrong_reason_and_actions(tmp_path):
    for extra in ("reason: no", "actions: false"):
        path = write(tmp_path, [METRIC], GROWS, [
            "{at: 7m, alarm: replication-lag, state: ALARM, %s}" % extra])
        assert tocsin("test", str(path))[0] == 1


def test_series_that_nobody_reads(tmp_path):
    path = write(tmp_path, [METRIC], GROWS[:-1] + ", region: eu-west-1}",
                 ["{at: 7m, alarm: replication-lag, state: ALARM}"])
    status, out, _ = tocsin("test", str(path))
    assert status == 1
    assert "the alarm reads no series of this test" in out


def test_several_files_are_one_stream(tmp_path):
    paths = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        paths.append(str(write(
            tmp_path / name, [METRIC], GROWS,
            ["{at: 7m, alarm: replication-lag, state: ALARM}"],
            name=f"'{name} #1'")))
    status, out, errors = tocsin("test", *paths)
    assert (status, errors) == (0, "2 tests, 0 failed\n")
    assert out == ("TAP version 13\n1..2\n"
                   f"ok 1 - {paths[0]}: one \\#1\n"
                   f"ok 2 - {paths[1]}: two \\#1\n")


def test_delay(tmp_path):
    """What is missing is known two minutes later, and then is missing."""
    silent = {**METRIC, "TreatMissingData": "breaching"}
    for delay, rings in ((0, 9), (2, 11)):
        path = write(
            tmp_path, [silent], SERIES % "1x5 _x5",
            ["{at: %dm, alarm: replication-lag, state: %s}" % row for row in
             ((rings - 1, "OK"), (rings, "ALARM"))],
            more=f"    delay: {delay}m\n")
        status, out, _ = tocsin("test", str(path))
        assert status == 0, out


def test_faults_of_the_file(tmp_path):
    path = write(tmp_path, [METRIC], GROWS.replace("1500", "1500y"), [
        "{at: 7m, alarm: replication-lagg, state: ALARM}"])
    status, out, errors = tocsin("test", str(path))
    assert (status, out) == (2, "")
    assert f"{path}:5:" in errors and '"1500y" at column 7' in errors
    assert 'did you mean "replication-lag"?' in errors
    assert tocsin("test")[0] == 2
    assert tocsin("test", "/nonexistent/tests.yaml")[0] == 2


BAD = alarm("no-such-rule", Period=7)


def test_a_bad_definition_fails_its_own_tests(tmp_path):
    path = write(tmp_path, [METRIC, BAD], GROWS,
                 ["{at: 7m, alarm: replication-lag, state: ALARM}"])
    status, out, errors = tocsin("test", str(path))
    assert status == 0, out
    assert "alarms.json:" in errors
    path = write(tmp_path, [METRIC, BAD], GROWS,
                 ["{at: 7m, alarm: no-such-rule, state: ALARM}"])
    status, out, errors = tocsin("test", str(path))
    assert status == 1
    assert "the definitions have faults" in out


@pytest.mark.parametrize("command", ["test", "check"])
def test_help(command):
    status, out, errors = tocsin(command, "--help")
    assert (status, errors) == (0, "")
    assert all(len(row) <= 80 for row in out.split("\n"))


# ---- check ------------------------------------------------------------------

def test_check_of_alarm_files(tmp_path):
    write(tmp_path, [METRIC, MATH], GROWS, [])
    file = str(tmp_path / "alarms.json")
    assert tocsin("check", "--alarms", file) == (0, "ok\n", "")
    write(tmp_path, [METRIC, BAD, MATH], GROWS, [])
    status, out, _ = tocsin("check", "--alarms", file)
    assert status == 1
    assert f"{file}:" in out and "no-such-rule" in out
    assert out.endswith("2 alarms run, 1 does not: no-such-rule\n")
    assert tocsin("check", "--alarms", file, "x")[0] == 2
    assert tocsin("check", "--explain", "x")[0] == 2


@pytest.mark.parametrize("name,words", [
    ("replication-lag", ["a metric alarm", "the Average of AWS/RDS",
                         "2 minutes at the least", "delay     3 minutes",
                         f"ALARM → {SNS}", "beware"]),
    ("double-lag", ["e1 = m1 * 2"]),
    ("p99-lag", ["put-metric-stream", '"AdditionalStatistics":["p99"]']),
    ("lag-anywhere", ["Each DBClusterIdentifier is a contributor"]),
    ("odd-lag", ["above the band of 3 deviations"]),
    ("trouble", ['"replication-lag" is in ALARM and not "maintenance" is in '
                 "ALARM"]),
    ("arn:aws:cloudwatch:us-east-2:111122223333:alarm:replication-lag",
     ["a metric alarm"])])
def test_explain(tmp_path, name, words):
    write(tmp_path, [METRIC, MATH, EXTENDED, INSIGHTS, ANOMALY, COMPOSITE,
                     MAINTENANCE], GROWS, [])
    status, out, errors = tocsin(
        "check", "--alarms", str(tmp_path / "alarms.json"), "--explain", name)
    assert (status, errors) == (0, "")
    flat = " ".join(out.split())
    for word in words:
        assert " ".join(word.split()) in flat


def test_mute_rules_are_told_and_obeyed(tmp_path):
    path = write(tmp_path, [METRIC], GROWS, [
        "{at: 7m, alarm: replication-lag, state: ALARM, actions: false}",
        "{at: 12m, alarm: replication-lag, state: OK, actions: true}"])
    file = tmp_path / "alarms.json"
    document = json.loads(file.read_text())
    document["AlarmMuteRules"] = [
        {"Name": "new-year", "MuteTargets": {"AlarmNames": [METRIC["AlarmName"]]},
         "Rule": {"Schedule": {"Expression": "at(2026-01-01T00:06)",
                               "Duration": "PT3M"}}}]
    file.write_text(json.dumps(document))
    status, out, errors = tocsin("test", str(path))
    assert status == 0, out + errors
    out = tocsin("check", "--alarms", str(file), "--explain",
                 METRIC["AlarmName"])[1]
    assert 'muted     By the rule "new-year": at(2026-01-01T00:06) UTC' in out


def test_composite_children_and_suppressor(tmp_path):
    """A failure shows what the composite is made of."""
    held = {**COMPOSITE, "AlarmRule": "ALARM(replication-lag)",
            "ActionsSuppressor": "maintenance",
            "ActionsSuppressorWaitPeriod": 60,
            "ActionsSuppressorExtensionPeriod": 60}
    series = (GROWS + "\n      - {metric: AWS/RDS Maintenance, "
              "values: '1x20'}")
    path = write(tmp_path, [METRIC, MAINTENANCE, held], series, [
        "{at: 7m, alarm: trouble, state: ALARM, actions: false}",
        "{at: 8m, alarm: trouble, state: ALARM, actions: true}"])
    status, out, _ = tocsin("test", str(path))
    assert status == 1
    assert out.count("# expected ") == 1
    assert ("# children  replication-lag ALARM; suppressor maintenance ALARM"
            in out)
    assert "suppressed by Alarm" in out


def test_explain_names_the_nearest(tmp_path):
    write(tmp_path, [METRIC, MATH], GROWS, [])
    status, out, errors = tocsin(
        "check", "--alarms", str(tmp_path / "alarms.json"),
        "--explain", "replication-log")
    assert (status, out) == (1, "")
    assert 'did you mean "replication-lag"?' in errors

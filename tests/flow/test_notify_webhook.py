"""Webhooks: signed, sent again until they are taken, through every fault."""

import pytest

from hook import Hook
from proxy import FAULTS, FaultProxy
from ringer import Ringer, in_order
from servers import until


def test_webhook(tmp_path):
    """A secret that the other side does not know yet is asked for anew."""
    hook = Hook(b"the right one", tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("the wrong one\n", encoding="utf-8")
    ringer = Ringer(tmp_path, 20, ["webhook:pager"], {"webhooks": [{
        "name": "pager", "url": hook.url + "/hook", "secret_file": str(secret)}]},
        {"AWS_CA_BUNDLE": str(hook.certificate)}).start()
    ringer.send(5000.0)
    until(lambda: 401 in hook.statuses, "the first one")
    assert hook.got == []
    secret.write_text("the right one\n", encoding="utf-8")
    until(lambda: len(ringer.ids()) == 20, "the alarms to ring")
    ringer.settled()
    ids = ringer.ids()
    assert ringer.server.stop() == 0
    hook.close()
    assert sorted(one for one, _ in hook.got) == sorted(ids)
    assert all(body["detail"]["alarmName"] == ids[one][0]
               for one, body in hook.got)


# A webhook's 200 has nothing inside.
@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"inside", "claim"}))
def test_fault_of_webhook(tmp_path, fault):
    hook, secret = Hook(b"hidden"), tmp_path / "secret"
    secret.write_text("hidden\n", encoding="utf-8")
    with FaultProxy(hook.url) as proxy:
        ringer = Ringer(tmp_path, 15, ["webhook:pager"], {"webhooks": [{
            "name": "pager", "url": proxy.url + "/hook",
            "secret_file": str(secret)}]}, {}).start()
        proxy.plan = [fault] * (1 if fault == "hang" else 3)
        ringer.ring(5000.0)
        ringer.ring(0.0)
        ringer.settled()
        ids = ringer.ids()
        assert ringer.server.stop() == 0
        assert proxy.plan == []
    hook.close()
    got = [one for one, _ in hook.got]
    assert set(got) == set(ids) and set(hook.statuses) == {200}
    in_order(list(dict.fromkeys(got)), ids)

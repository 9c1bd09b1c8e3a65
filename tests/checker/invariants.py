"""The invariants, each a function of a history that gives its breaks.

I1  every point of an acknowledged request is in the archive exactly once
I2  nothing in the archive was never sent
I3  each transition is published at least once to each of its topics, always
    under its own id, in the order of its alarm
I4  the same log gives the same bytes: replay in all its variants, what was
    shown live, archived objects
I5  a replica has the points of the archive
I6  nothing new is acknowledged while the disk cannot be written; nothing at
    all before it is durable
I8  memory, descriptors and threads are bounded; at the end nothing waits
I9  after any crash it starts by itself in 10 s and a second a GiB
"""

import collections
import dataclasses

START_SECONDS = 10
GIB = 1 << 30


@dataclasses.dataclass(frozen=True)
class Break:
    """`keys`: what the events that show it are about, as history.keys()."""
    invariant: str
    what: str
    subject: str
    sentence: str
    keys: frozenset

    def same(self, other):
        return (self.invariant, self.what, self.subject, self.sentence) == (
            other.invariant, other.what, other.subject, other.sentence)


def broken(invariant, what, subject, sentence, *keys):
    return Break(invariant, what, str(subject), sentence,
                 frozenset((name, value) for name, value in keys))


def of_kind(events, *kinds):
    return [event for event in events if event["event"] in kinds]


def requests_of(events):
    """{point: request} of all that was sent."""
    return {point: event["request"] for event in of_kind(events, "sent")
            for point in event["points"]}


def kept_once(events):
    owner = requests_of(events)
    kept = collections.Counter(e["point"] for e in of_kind(events, "kept"))
    good = {e["request"] for e in of_kind(events, "answered")
            if e["status"] == 200}
    for point, request in owner.items():
        if request in good and kept[point] == 0:
            yield broken("I1", "lost", point,
                         f"point {point} of request {request}, which was "
                         "acknowledged, is not in the archive",
                         ("point", point), ("request", request))
    for point, times in kept.items():
        if times > 1:
            yield broken("I1", "doubled", point,
                         f"point {point} is in the archive {times} times",
                         ("point", point), ("request", owner.get(point)))


def nothing_invented(events):
    owner = requests_of(events)
    for point in {e["point"] for e in of_kind(events, "kept")}:
        if point not in owner:
            yield broken("I2", "invented", point,
                         f"point {point} is in the archive and was never "
                         "sent", ("point", point))


def published_under_one_id(events):
    transitions = {e["cause"]: e for e in of_kind(events, "transition")}
    ids, causes, texts = {}, {}, {}
    for event in of_kind(events, "published"):
        cause, said = event["cause"], event.get("dedup") or event["id"]
        tie = ("cause", cause)
        if ids.setdefault(cause, said) != said or event["id"] != said:
            yield broken("I3", "two ids", cause,
                         f"{cause} was published under two ids: "
                         f'{ids[cause]}, {said} ({event["id"]})', tie)
        if causes.setdefault(said, cause) != cause:
            yield broken("I3", "shared id", said,
                         f"two transitions were published as {said}: "
                         f"{causes[said]} and {cause}", ("id", said),
                         ("cause", causes[said]), tie)
        if cause not in transitions:
            yield broken("I3", "invented", cause,
                         f"{cause} was published and is in no replay", tie)
        elif transitions[cause]["id"] != said:
            yield broken("I3", "wrong id", cause,
                         f"{cause} was published as {said}, the log says "
                         f'{transitions[cause]["id"]}', tie)
        spot = (cause, event["topic"])
        if texts.setdefault(spot, event["text"]) != event["text"]:
            yield broken("I3", "changed text", cause,
                         f"{cause} was published with two texts", tie)


def published_at_least_once(events):
    arrived = {(e["cause"], e["topic"]) for e in of_kind(events, "published")
               if e["accepted"]}
    for event in of_kind(events, "transition"):
        for topic in event["topics"]:
            if (event["cause"], topic) not in arrived:
                yield broken("I3", "undelivered", event["cause"],
                             f'{event["cause"]} never reached {topic}',
                             ("cause", event["cause"]))


def published_in_order(events):
    """By first arrivals: after a crash the last ones may come again."""
    place = {e["cause"]: (e["seq"], number) for number, e in enumerate(
        of_kind(events, "transition"))}
    first = collections.defaultdict(list)
    for event in of_kind(events, "published"):
        lane = first[event["alarm"], event["topic"]]
        if (event["accepted"] and event["cause"] in place
                and event["cause"] not in lane):
            lane.append(event["cause"])
    for (alarm, topic), lane in first.items():
        for before, after in zip(lane, lane[1:]):
            if place[before] > place[after]:
                yield broken("I3", "order", f"{alarm} {topic}",
                             f"{topic} received {before} before {after}",
                             ("cause", before), ("cause", after))
                break


def same_bytes(events):
    """Every variant of a thing against the first variant seen of it."""
    lines = collections.defaultdict(lambda: collections.defaultdict(dict))
    whole = {}
    for event in of_kind(events, "line", "variant"):
        rows = lines[event["of"]][event["variant"]]
        if event["event"] == "line":
            rows[event["number"]] = event["text"]
        else:
            whole[event["of"], event["variant"]] = event["whole"]
    for what, variants in lines.items():
        first = next(iter(variants))
        for variant, rows in variants.items():
            both = set(rows) | set(variants[first])
            if not whole.get((what, variant), True):
                both = set(rows)
            wrong = sorted(n for n in both
                           if rows.get(n) != variants[first].get(n))
            if wrong:
                yield broken("I4", "differs", f"{what} {variant}",
                             f"{what}: {variant} differs from {first} in "
                             f"line {wrong[0]}",
                             ("line", f"{what} {wrong[0]}"))


def same_objects(events):
    seen = {}
    for event in of_kind(events, "stored", "segment"):
        name, hashed = event["name"], event["sha256"]
        if seen.setdefault(name, hashed) != hashed:
            yield broken("I4", "object", name,
                         f"{name} is there with two contents",
                         ("name", name))


def replicated(events):
    if not of_kind(events, "replica", "replicated"):
        return
    there, seen = collections.Counter(), set()
    for event in of_kind(events, "replicated"):
        if (event["message"], event["point"]) not in seen:
            seen.add((event["message"], event["point"]))
            there[event["point"]] += 1
    kept = collections.Counter(e["point"] for e in of_kind(events, "kept"))
    for point in set(there) | set(kept):
        if there[point] != kept[point]:
            yield broken("I5", "replica", point,
                         f"point {point} is {kept[point]} times in the "
                         f"archive, {there[point]} times in the replica",
                         ("point", point), ("replica", "replica"))


def acknowledged_when_durable(events):
    knows = bool(of_kind(events, "durable"))
    durable, sent_at, broken_at = set(), {}, None
    for event in events:
        kind, request = event["event"], event.get("request")
        if kind == "sent":
            sent_at.setdefault(request, event["at"])
        elif kind == "durable":
            durable.add(request)
        elif kind == "unwritable":
            broken_at = event["at"]
        elif kind == "writable":
            broken_at = None
        elif kind == "answered" and event["status"] == 200:
            tie = ("request", request)
            if knows and request not in durable:
                yield broken("I6", "too early", request,
                             f"request {request} was acknowledged before it "
                             "was durable", tie)
            if broken_at is not None and sent_at.get(
                    request, broken_at) > broken_at:
                yield broken("I6", "unwritable", request,
                             f"request {request} was sent and acknowledged "
                             "while the disk could not be written", tie,
                             ("disk", "disk"))


def bounded(events):
    for event in of_kind(events, "sample"):
        if event["value"] > event["bound"]:
            yield broken("I8", "bound", event["what"],
                         f'{event["what"]} is {event["value"]}, its bound '
                         f'{event["bound"]}', ("look", str(event["at"])))
    for event in of_kind(events, "quiet"):
        if event["waiting"] > 0:
            yield broken("I8", "waits", "outbox",
                         f'{event["waiting"]} notifications still wait at '
                         "the end", ("look", str(event["at"])))


def starts_by_itself(events):
    began = {}
    for event in of_kind(events, "started", "ready", "killed", "stopped",
                         "ended"):
        run, tie = event["run"], ("run", event["run"])
        if event["event"] == "started":
            began[run] = event
        elif event["event"] == "ready" and run in began:
            start = began.pop(run)
            seconds = event["at"] - start["at"]
            if seconds > START_SECONDS + start["bytes"] / GIB:
                yield broken("I9", "slow", run, f"run {run} took "
                             f"{seconds:.1f} s to be ready", tie)
        elif event["event"] == "ended":
            began.pop(run, None)
            yield broken("I9", "ended", run, f"run {run} ended by itself "
                         f'with status {event["status"]}', tie)
        else:
            began.pop(run, None)
    for run in began:
        yield broken("I9", "not ready", run, f"run {run} never became ready",
                     ("run", run))


ALL = [kept_once, nothing_invented, published_under_one_id,
       published_at_least_once, published_in_order, same_bytes, same_objects,
       replicated, acknowledged_when_durable, bounded, starts_by_itself]


def breaks(events):
    """All of them, each once, in the order of the invariants."""
    found = []
    for rule in ALL:
        for one in rule(events):
            if not any(one.same(other) for other in found[-50:]):
                found.append(one)
    return found

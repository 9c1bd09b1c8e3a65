"""Fixtures: the servers that the flow tests share, and short names."""

import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]
                       / "support"))

import kafka  # noqa: E402
import regions  # noqa: E402
import servers  # noqa: E402


@pytest.fixture(autouse=True)
def nothing_left_running():
    """What a failed test started ends with it, and shows its log."""
    before = set(servers.Server.started)
    yield
    for server in set(servers.Server.started) - before:
        if server.process.poll() is None:
            sys.stderr.write(f"--- {server.name}\n{server.tail()}\n")
            server.kill()


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    with servers.Moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    with servers.S3Proxy(tmp_path_factory.mktemp("s3proxy")) as server:
        yield server


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kafka")
    with kafka.Broker(folder, kafka.certificates(folder)) as server:
        yield server


@pytest.fixture
def topic(request, broker):
    """An empty topic of three partitions, named as the test."""
    name = re.sub(r"[^\w.-]+", ".", request.node.name).strip(".")
    broker.create(name, 3)
    return name


@pytest.fixture(scope="session")
def corpus():
    """Payloads that AWS sent; they lie beside the tree, not in it."""
    folder = servers.ROOT.parent / "shared/corpus"
    if not (folder / "README.md").exists():
        pytest.skip("no ../shared/corpus here")
    return folder


@pytest.fixture
def link():
    """Two Regions as network namespaces, and the link between them."""
    why = regions.why_not()
    if why is not None:
        pytest.skip(why)
    with regions.Link() as made:
        yield made

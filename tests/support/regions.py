"""Two Regions on one machine: network namespaces of our own with one link
between them, which can be cut. Needs root and iproute2.

    with Link() as link:
        near = RegionTocsin(folder, link.near, config)
        link.cut(); link.restore()

Each Region has an address of its own that stays when the link goes; addresses
are of the blocks for documentation and exist in these namespaces only.
"""

import ctypes
import http.client
import os
import subprocess
import threading

from firehose import Sender
from servers import Tocsin

CLONE_NEWNET = 0x40000000
FEED, ADMIN = 4433, 9464


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=30)


def why_not():
    """What is missing for namespaces; None: nothing."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"tocsin-try-{os.getpid()}"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except FileNotFoundError:
        return "iproute2 is not installed (./dev setup)"
    except subprocess.CalledProcessError as error:
        return f"no network namespaces here: {error.stderr.decode().strip()}"
    return None


class Region:
    def __init__(self, name, address, link_address):
        self.name, self.address = name, address
        self.link_address = link_address
        self.device = "link0"

    def run(self, work):
        """work() on a thread that is in this namespace; its value."""
        done = {}

        def enter():
            try:
                with open(f"/run/netns/{self.name}", "rb") as handle:
                    libc = ctypes.CDLL(None, use_errno=True)
                    if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                done["value"] = work()
            except BaseException as error:
                done["error"] = error
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if "error" in done:
            raise done["error"]
        return done["value"]

    def connect(self, host, port, seconds):
        """A connection made in here; what it sends goes by this Region."""
        connection = http.client.HTTPConnection(host, port, timeout=seconds)
        self.run(connection.connect)
        connection.auto_open = 0
        return connection

    def ip(self, *words):
        ip("-n", self.name, *words)


class Link:
    def __init__(self):
        mark = os.getpid()
        self.near = Region(f"tocsin-near-{mark}", "198.51.100.1", "192.0.2.1")
        self.far = Region(f"tocsin-far-{mark}", "198.51.100.2", "192.0.2.2")
        self.made = []

    def __enter__(self):
        try:
            for region in (self.near, self.far):
                ip("netns", "add", region.name)
                self.made.append(region)
                region.ip("link", "set", "lo", "up")
                region.ip("addr", "add", f"{region.address}/32", "dev", "lo")
            ip("-n", self.near.name, "link", "add", self.near.device, "type",
               "veth", "peer", "name", self.far.device, "netns",
               self.far.name)
            for region in (self.near, self.far):
                region.ip("addr", "add", f"{region.link_address}/30", "dev",
                          region.device)
            self.restore()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *why):
        self.remove()

    def remove(self):
        for region in self.made:
            ip("netns", "del", region.name)
        self.made = []

    def cut(self):
        for region in (self.near, self.far):
            region.ip("link", "set", region.device, "down")

    def restore(self):
        for region, other in ((self.near, self.far), (self.far, self.near)):
            region.ip("link", "set", region.device, "up")
        for region, other in ((self.near, self.far), (self.far, self.near)):
            region.ip("route", "replace", f"{other.address}/32", "via",
                      other.link_address, "src", region.address)


class RegionTocsin(Tocsin):
    """`tocsin run` in a Region, at the Region's address."""

    def __init__(self, folder, region, config):
        self.region = region
        listen = {"feed": f"{region.address}:{FEED}",
                  "admin": f"{region.address}:{ADMIN}"}
        super().__init__(folder, {**config, "listen": listen})

    def command(self):
        return ["ip", "netns", "exec", self.region.name, *super().command()]

    def get(self, path):
        connection = None
        try:
            connection = self.region.connect(self.region.address, ADMIN,
                                             10)
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            if connection is not None:
                connection.close()

    def sender(self):
        return RegionSender(self.region)


class RegionSender(Sender):
    """Of a Region to a tocsin: its own, or that at another address."""

    def __init__(self, region, address=None, seconds=60):
        super().__init__(FEED, seconds=seconds)
        self.region, self.address = region, address or region.address

    def connect(self):
        return self.region.connect(self.address, FEED, self.seconds)

# SPDX-License-Identifier: GPL-2.0-or-later
"""A running lab: the made-up cluster behind its endpoints."""
import contextlib
import errno
import time
import uuid

import association
import cast
import cluster
import dg_server
import epmapper
import management
import realm
import server
import service

VERSION_OVER_TCP, VERSION_OVER_UDP = 3, 2
PATIENCE = 60


def _first(serve):
    """The endpoint that every lab has. Its port lets one lab at a time run, so others wait for it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return serve()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


class Laboratory:
    """A context manager. Each one has a cluster and handles of its own, in the same state as any other at its start."""

    def __init__(self, mapper=False, datagram=False, kerberos=None, ipv6=False, **options):
        """`kerberos`: the type of the session keys of a realm of the lab's own. `options` are those of the TCP endpoint."""
        self._mapper, self._datagram, self._kerberos, self._ipv6 = mapper, datagram, kerberos, ipv6
        self._options = options
        self._running = contextlib.ExitStack()
        self.realm = None

    def __enter__(self):
        with contextlib.ExitStack() as running:
            self._begin(running)
            self._running = running.pop_all()
        return self

    def _begin(self, running):
        cluster.restart_ids()
        self.cluster = cluster.Cluster()
        host = cast.HOST_IPV6 if self._ipv6 else cast.HOST
        api = service.ClusApi(self.cluster, VERSION_OVER_TCP)
        running.callback(_first(lambda: server.Endpoint(
            (host, cast.CLUSAPI_TCP_PORT), [api, management.Management()], association.Associations(),
            **self._options)).close)
        if self._mapper:
            ports = {(uuid.UUID(cast.CLUSAPI_UUID), VERSION_OVER_TCP): cast.CLUSAPI_TCP_PORT}
            running.callback(server.Endpoint((cast.HOST, cast.EPMAPPER_PORT), [epmapper.EndpointMapper(ports)],
                                             association.Associations()).close)
        if self._datagram:
            api = service.ClusApi(self.cluster, VERSION_OVER_UDP)
            running.callback(dg_server.Endpoint((cast.HOST, cast.CLUSAPI_UDP_PORT), api,
                                                association.Associations()).close)
        if self._kerberos:
            self.realm = running.enter_context(realm.Realm(self._kerberos))

    def __exit__(self, *_):
        self._running.close()

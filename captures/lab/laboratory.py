# SPDX-License-Identifier: GPL-2.0-or-later
"""A running lab: the made-up cluster behind its endpoints."""
import errno
import time
import uuid

import association
import cast
import cluster
import dg_server
import epmapper
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

    def __init__(self, mapper=False, datagram=False, **options):
        """`options` are those of the TCP endpoint."""
        self._mapper, self._datagram, self._options = mapper, datagram, options

    def __enter__(self):
        cluster.restart_ids()
        self.cluster = cluster.Cluster()
        api = service.ClusApi(self.cluster, VERSION_OVER_TCP)
        address = (cast.HOST, cast.CLUSAPI_TCP_PORT)
        self._endpoints = [_first(lambda: server.Endpoint(address, [api], association.Associations(), **self._options))]
        if self._mapper:
            ports = {(uuid.UUID(cast.CLUSAPI_UUID), VERSION_OVER_TCP): cast.CLUSAPI_TCP_PORT}
            self._endpoints.append(server.Endpoint((cast.HOST, cast.EPMAPPER_PORT), [epmapper.EndpointMapper(ports)],
                                                   association.Associations()))
        if self._datagram:
            api = service.ClusApi(self.cluster, VERSION_OVER_UDP)
            address = (cast.HOST, cast.CLUSAPI_UDP_PORT)
            self._endpoints.append(dg_server.Endpoint(address, api, association.Associations()))
        return self

    def __exit__(self, *_):
        for endpoint in self._endpoints:
            endpoint.close()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Who plays in the lab: every made-up name, number and address in one place."""

HOST = "127.0.0.1"
# Dynamic ports for Windows, but beyond those that Linux gives to clients.
CLUSAPI_TCP_PORT = 61664
CLUSAPI_UDP_PORT = 61665
EPMAPPER_PORT = 135

# Nothing here protects anything: the account exists in this file only.
DOMAIN = "LAB"
USER = "labuser"
PASSWORD = "lab-password-not-real"
SERVER_NAME = "NODE1"

CLUSTER_NAME = "LABCLUSTER"
CLUSTER_FQDN = "labcluster.lab.example"
NODES = ("node1", "node2")

CLUSAPI_UUID = "b97db8b2-4c63-11cf-bff6-08002be23f2f"
EPMAPPER_UUID = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"

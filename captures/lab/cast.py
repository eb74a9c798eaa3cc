# SPDX-License-Identifier: GPL-2.0-or-later
"""Who plays in the lab: every made-up name, number and address in one place."""

HOST = "127.0.0.1"
HOST_IPV6 = "::1"
# Dynamic ports for Windows, but beyond those that Linux gives to clients.
CLUSAPI_TCP_PORT = 61664
CLUSAPI_UDP_PORT = 61665
EPMAPPER_PORT = 135

# Nothing here protects anything: the account exists in this file only.
DOMAIN = "LAB"
USER = "labuser"
PASSWORD = "lab-password-not-real"
SERVER_NAME = "NODE1"

# The domain as Kerberos knows it, and who in it has which password.
DNS_DOMAIN = "lab.test"
REALM = DNS_DOMAIN.upper()
SERVER_HOST = f"{SERVER_NAME.lower()}.{DNS_DOMAIN}"
SERVICE_PRINCIPAL = f"MSServerClusterMgmtAPI/{SERVER_HOST}"
SERVICE_PASSWORD = "node1-password-not-real"
OLD_SERVICE_PASSWORD = "node1-password-before-not-real"
USERS = {USER: PASSWORD, "labadmin": "admin-password-not-real", "labbackup": "backup-password-not-real"}

CLUSTER_NAME = "LABCLUSTER"
CLUSTER_FQDN = "labcluster.lab.example"
NODES = ("node1", "node2")

CLUSAPI_UUID = "b97db8b2-4c63-11cf-bff6-08002be23f2f"
# What each RPC server offers besides, its own management (C706 appendix Q).
MANAGEMENT_UUID = "afa8bd80-7d8a-11c9-bef4-08002b102989"
EPMAPPER_UUID = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"

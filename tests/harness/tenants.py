# SPDX-License-Identifier: Apache-2.0
"""A second tenant. There is no route for one yet, so it is written into the store of a stopped server."""

import secrets
import sqlite3
import time

from harness import api

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _new_id(prefix):
    return f"{prefix}_0" + "".join(secrets.choice(CROCKFORD) for _ in range(25))


def add_tenant(server, handle):
    """Restarts `server` with one tenant more; answers the API of that tenant, as the installation's administrator."""
    server.stop()
    tenant, now = _new_id("t"), int(time.time() * 1_000_000)
    with sqlite3.connect(server.data / "crossrole.db") as store:
        store.execute("INSERT INTO tenants VALUES (?, ?, ?, ?, 'active', '{}', 1, ?, ?)", (tenant, handle, _new_id("s"), handle, now, now))
        store.execute("INSERT INTO tenant_handles VALUES (?, ?, NULL)", (handle, tenant))
    store.close()
    server.start()
    return api.Api(server.url, server.token, {"Crossrole-Tenant": tenant})

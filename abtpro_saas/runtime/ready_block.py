"""What `./dev up` prints once, when everything answers."""

from abtpro_saas.runtime.embedded.temporal import PUBLIC_PATH
from abtpro_saas.runtime.installation import Installation
from abtpro_saas.runtime.preparation import DEMO, read_demo


def ready_block(installation: Installation) -> str:
    """Return every address and the demo sign-ins, aligned, with a rule around them."""
    rows = [*_addresses(installation), *_sign_ins(installation)]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {text}".rstrip() for name, text in rows]
    rule = "=" * min(100, max(map(len, lines)))
    return "\n".join(["", rule, "  ABTPro is ready", "", *lines, rule, "", ""])


def _addresses(installation: Installation) -> list[tuple[str, str]]:
    port = installation.settings.port_of
    base = installation.base_url
    hosts = {
        f"  {tenant['name']}": base.replace("://", f"://{tenant['slug']}.", 1)
        for tenant in read_demo(installation).get("tenants", ())
    }
    rows = [("Web", base), *hosts.items()]
    operators = installation.operators_url
    rows += [
        ("Operators", operators),
        ("API", f"{base}/api/v1/openapi.json"),
        ("Live updates", installation.complete_settings().events_url),
        ("Metrics", f"http://127.0.0.1:{port('metrics')}/metrics"),
    ]
    if installation.temporal is not None:
        rows.append(("Temporal UI", f"{operators}{PUBLIC_PATH}"))
        rows.append(("  on loopback", installation.temporal.public_ui_url))
        rows.append(("Temporal", installation.temporal.address))
    if installation.settings.is_local:
        rows.append(("Gateway simulator", f"http://127.0.0.1:{port('gateway')}"))
        rows.append(("Exchange simulator", f"http://127.0.0.1:{port('exchange')}"))
        rows.append(("Mailbox", f"{base}/mailbox"))  # each host has its own
        rows += [(name, f"{host}/mailbox") for name, host in hosts.items()]
    if installation.database is not None:
        rows.append(("PostgreSQL", f"127.0.0.1:{installation.database.port}"))
    return [*rows, ("State", str(installation.home))]


def _sign_ins(installation: Installation) -> list[tuple[str, str]]:
    held = read_demo(installation)
    if not held:
        return []
    operator = held["operator"]
    rows = [("", ""), ("Sign in as", "password")]
    rows.append((f"  {operator['email']}", f"{operator['password']}  (operator)"))
    rows.append(("    and its code", "./dev operator code"))
    for tenant in held["tenants"]:
        rows += [
            (
                f"  {user['email']}",
                f"{user['password']}  ({tenant['slug']}, {user['role']})",
            )
            for user in tenant["users"]
        ]
    return [*rows, ("", ""), ("Keys", str(installation.home / DEMO))]

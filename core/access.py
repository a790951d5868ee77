"""Who may see what: the one function that turns a principal into a visibility."""

from schemas.principal import PUBLIC, SHARED_TENANT, Principal, Visibility


def visible(principal: Principal) -> Visibility:
    """Give the tenants and audiences that `principal` may see.

    Without a role a principal sees what is public. A role adds the audience of its name; a chat
    adds its own (`chat:<id>`), so that a private feed is visible to its chat alone, operators
    included. `system` (jobs of the desk itself) sees every audience of its tenants.
    """
    tenants = frozenset({principal.tenant, SHARED_TENANT})
    if "system" in principal.roles:
        return Visibility(tenants=tenants, audiences=None)
    audiences = {PUBLIC, *principal.roles}
    if principal.chat is not None and principal.roles:
        audiences.add(f"chat:{principal.chat}")
    return Visibility(tenants=tenants, audiences=frozenset(audiences))


def system_principal() -> Principal:
    """The principal of jobs and of an operator's command line."""
    return Principal(roles=frozenset({"system"}))

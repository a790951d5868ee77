"""Who may see what, and who may change what others see."""

from schemas.principal import PUBLIC, SHARED_TENANT, Principal, Role, Visibility

_PUBLISHERS: frozenset[Role] = frozenset({"system", "operator", "owner"})


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


def may_publish(principal: Principal) -> bool:
    """Say whether `principal` may add and change what everybody sees."""
    return bool(principal.roles & _PUBLISHERS)


def may_change(principal: Principal, audience: str) -> bool:
    """Say whether `principal` may change what an audience sees: its own chat's, or everybody's."""
    return audience == f"chat:{principal.chat}" or may_publish(principal)

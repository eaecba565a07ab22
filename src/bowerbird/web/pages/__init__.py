"""The pages: each module has a page's typed context, the function that builds it, and the routes that show it."""

from bowerbird.web.pages import (
    activity,
    agents,
    audit,
    bring,
    chat,
    dashboard,
    entity,
    explorer,
    following,
    gather,
    home,
    job,
    keys,
    palette,
    people,
    preferences,
    settings,
    sign_in,
    stored_page,
    styleguide,
)

__all__ = ["ROUTES"]

ROUTES = (
    home.routes,
    gather.routes,
    bring.routes,
    job.routes,
    dashboard.routes,
    explorer.routes,
    entity.routes,
    stored_page.routes,
    chat.routes,
    activity.routes,
    following.routes,
    agents.routes,
    palette.routes,
    preferences.routes,
    sign_in.routes,
    settings.routes,
    keys.routes,
    people.routes,
    audit.routes,
    styleguide.routes,
)

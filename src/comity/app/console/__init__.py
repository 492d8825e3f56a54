"""The pages of the service for the custodian's people: what each shows, and their templates.

Guarantees: a page shows plain data, which is its JSON twin; no page shows a value of a record or a request.
Does not: know HTTP. `comity.app.api` has the routes.
Start at `page_templates.render_page`.
"""

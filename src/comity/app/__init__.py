"""The outside of Comity: commands, what each of them does (use cases), pages, and the custodian's home folder.

    cli/          parse arguments, call a use case, print the result
    use_cases/    open the home, do one job, sign, return a typed result: what an API would call too
    pages/        render HTML and SVG
    home/         the custodian's home folder
    bootstrap.py  pick the adapters: the only place that does

Imports point down in that order; a contract in pyproject.toml checks it.
"""

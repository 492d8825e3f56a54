"""Use cases: what each command does, apart from the command line, so that an API can call it too.

One module for each command, under the command's name. A use case opens the home's adapters, does one job, signs the
ledger's checkpoint if the job added entries, and returns a typed result. It takes paths, times and values that are
parsed already, and a progress callback where the job is long.

Does not: print, parse arguments, choose an exit code, or ask a person.
"""

"""Use cases: what each command does, apart from the command line, so that an API can call it too.

A use case opens the home's adapters, does one job, signs the ledger's checkpoint if the job added entries, and returns
a typed result. It takes paths, times and values that are parsed already, and a progress callback where the job is long.

    verify     batch_verification        explain    determination_replay
    request    batch_preparation, batch_template, layout_migration, received_answers
    index      record_index              train      fitted_models            evaluate   match_evaluation
    orders     court_orders, order_statements                               recall     answer_recalls
    ledger     ledger_operations         accounting disclosure_reports       law        custodian_law
    signers    signer_registration       canaries   canary_records           withhold   withheld_records
    store      control_database          witness    log_witnesses            doctor     machine_checks
    simulate   synthetic_nation          demo       demonstration

Does not: print, parse arguments, choose an exit code, or ask a person.
"""

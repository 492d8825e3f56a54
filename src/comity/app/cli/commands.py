"""Every command, in the order of `comity --help`."""

from comity.app.cli import (
    EXIT_CODES,
    accounting,
    canaries,
    demo,
    doctor,
    evaluate,
    explain,
    group,
    index,
    law,
    ledger,
    orders,
    recall,
    request,
    signers,
    simulate,
    store,
    train,
    verify,
    withhold,
    witness,
)

app = group(
    "Comity confirms, or does not, what a lawful requester says about a person's address on a record.\n\n"
    "It never searches for anybody. " + EXIT_CODES + "\n\nExample: comity demo"
)
demo.add_to(app)
simulate.add_to(app)
index.add_to(app)
request.add_to(app)
signers.add_to(app)
verify.add_to(app)
law.add_to(app)
orders.add_to(app)
accounting.add_to(app)
recall.add_to(app)
canaries.add_to(app)
withhold.add_to(app)
ledger.add_to(app)
store.add_to(app)
witness.add_to(app)
train.add_to(app)
evaluate.add_to(app)
explain.add_to(app)
doctor.add_to(app)

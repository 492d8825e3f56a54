"""The outside of Comity: the command line, the custodian's home folder, and the wiring of adapters to the pipeline."""

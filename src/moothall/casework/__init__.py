"""The case and its ledger: workflow, promises, messages, contacts and their cost."""

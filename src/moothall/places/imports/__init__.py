"""Bringing a council's real geography in: wards, postcodes, addresses and councillors.

Each importer reads rows, takes or rejects each with a reason and how to mend it, and saves them in
batches. A batch, the place it ends at and its rejected rows are one transaction, so a killed import
goes on with `--resume` as if nothing had happened.
"""

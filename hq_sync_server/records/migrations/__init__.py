"""Steps from one shape of HQ's records to the next; run by `records.migrating`."""

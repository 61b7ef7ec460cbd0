"""What HQ does, in rooms with one module for each noun of the trade: intake, rights, members, rules, healing, inbox.

The api, the console and the commands call it; it keeps what it knows in the records. Rooms import towards the ground
only (`docs/decisions/0027-rooms-of-the-office.md`).
"""

"""What HQ does, one module for each noun of the trade: intake, rights, members, rules, coupons, stores, exceptions.

The api, the console and the commands call it; it keeps what it knows in the records.
"""

"""What HQ keeps: the database, its tables and its migrations, on SQLite or PostgreSQL.

Only the office opens this door.
"""

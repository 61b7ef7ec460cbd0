"""What HQ signs with, and what tills take with them to be known by."""

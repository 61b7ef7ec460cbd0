"""The console's pages, asked for as a browser asks."""

"""The places of the till: one module of widgets per task. They show views and hand presses to their presenter."""

"""`make shopday`: one seeded trading day at two tills, worked by keystrokes, counted in plain Python beside it."""

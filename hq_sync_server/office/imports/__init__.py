"""What comes from the system before: members, goods, and the trial."""

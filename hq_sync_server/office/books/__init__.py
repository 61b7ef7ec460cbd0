"""HQ's books: pages open under the member's lock, everything that is booked, and what that lets be placed."""

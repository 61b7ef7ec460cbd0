"""The rules of the shop and of the house, told as examples."""

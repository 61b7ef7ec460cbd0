"""The rules of the house itself: sizes, names, licences, translations, and that an installed wheel starts."""

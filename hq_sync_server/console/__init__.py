"""What people at HQ see in a browser, behind a login.

Pages ask the office; nothing here touches the records.
"""

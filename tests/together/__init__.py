"""Till and HQ together: whole processes, real wire, real windows."""

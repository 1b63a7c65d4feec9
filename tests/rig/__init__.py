"""What the tests run against: Docker daemons, servers and project folders of their own, real HTTP."""

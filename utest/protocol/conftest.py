from hypothesis import settings

# The same examples in each run, so that a red run means the change; and a loaded machine is slow, not wrong.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

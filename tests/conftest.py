from hypothesis import settings

settings.register_profile("package", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("package")

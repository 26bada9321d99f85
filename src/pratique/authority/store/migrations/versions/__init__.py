"""The steps, each with the one before it as `down_revision`; none has a way back."""

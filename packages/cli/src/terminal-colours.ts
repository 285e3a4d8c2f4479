// citty decides about colours when it is loaded, and without a look at where its text goes: this module is imported before it.
if (!process.stdout.isTTY || !process.stderr.isTTY || process.env.NO_COLOR) {
  process.env.NO_COLOR = '1';
}

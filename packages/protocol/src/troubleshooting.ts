/** Where each refusal and each warning of the page is explained: a refusal under its code, the warnings under `console`. */
export const TROUBLESHOOTING =
  'https://github.com/hubrelay/hubrelay/blob/main/docs/troubleshooting.md#';

// Pausing and stepping, as the page asks for them.

export class Steps {
  host = {};
  constructor() {}
  obey() {}
}

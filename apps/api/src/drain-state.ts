/** Whether the service has been told to stop: the first thing that a shutdown sets, and the one place it is. */
export class DrainState {
  #isDraining = false;

  get isDraining(): boolean {
    return this.#isDraining;
  }

  begin(): void {
    this.#isDraining = true;
  }
}

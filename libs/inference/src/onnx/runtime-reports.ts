/**
 * Keeps onnxruntime from reporting to its makers. Since 1.29 its Linux binaries do so unless they are told not to:
 * each session with the names in its model, the machine and an id that they keep in the user's cache folder.
 *
 * To be called before the first session, when the library looks at the variable.
 * Source: microsoft/onnxruntime, pull request 27379.
 */
export function refuseRuntimeReports(): void {
  // eslint-disable-next-line no-restricted-syntax -- set for the library, not read
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
}

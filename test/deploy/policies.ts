import { findAutoscalingFaults } from './autoscaling-policies.js';
import { findDisruptionFaults } from './disruption-policies.js';
import { findEnvironmentFaults } from './environment-policies.js';
import type { Manifests } from './manifests.js';
import { findNetworkFaults } from './network-policies.js';
import { findPodFaults } from './pod-policies.js';

/** What no schema knows: that the objects of a manifest fit one another and the service. One sentence a fault. */
export function findPolicyFaults(manifests: Manifests): string[] {
  return [
    ...findNetworkFaults(manifests),
    ...findEnvironmentFaults(manifests),
    ...findPodFaults(manifests),
    ...findDisruptionFaults(manifests),
    ...findAutoscalingFaults(manifests),
  ];
}

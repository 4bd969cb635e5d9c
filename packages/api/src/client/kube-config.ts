// A module of its own, so that a bundle takes from the library only what this needs, and so that it is loaded late.
export { KubeConfig } from '@kubernetes/client-node'

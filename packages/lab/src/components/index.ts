export { ComponentError, type ComponentErrorCode } from './component-error.ts'
export { describeProgress } from './describe-progress.ts'
export {
  type ComponentPaths,
  type ComponentProgress,
  type ComponentSource,
  type EnsureComponentsOptions,
  ensureComponents,
} from './ensure-components.ts'
export { type LabImage, type LabImageOptions, type LabImages, labImages } from './lab-images.ts'
export { linkPrograms } from './link-programs.ts'
export { defaultCacheFolder } from './program-cache.ts'
export { allPrograms, benchPrograms, labPrograms, type ProgramName } from './programs.ts'
export { defaultMirrors, type Mirrors } from './release.ts'
export { type ComponentVersions, defaultVersions, knownVersions, kubernetesVersion } from './versions.ts'

interface Entry {
  /** Absolute path inside the image, without `.` and `..`. */
  readonly path: string
  /** Permission bits; default 0o755 for directories and executable sources, 0o644 otherwise. */
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

/** A regular file: read from this machine (`source`, symbolic links followed) or given as `content`. */
export type ImageFile = Entry & ({ readonly source: string } | { readonly content: string | Uint8Array })

/** Needed for empty directories or modes other than 0o755 only: parents of entries are made. */
export interface ImageDirectory extends Entry {
  readonly directory: true
}

export interface ImageLink extends Entry {
  /** Target of the symbolic link, as it is stored. */
  readonly link: string
}

export type ImageEntry = ImageFile | ImageDirectory | ImageLink

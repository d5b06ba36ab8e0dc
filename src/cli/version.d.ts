/** The package's version. The build defines it. */
declare const VERSION: string;
/** `homepage` of package.json, which a release sets; else empty. The build defines it. */
declare const HOMEPAGE: string;

/** Code of somebody else, as a ZIP file. */

/** Its file index.js: `exports.handler = async () => "other";` */
export const otherZip = Buffer.from(
  "UEsDBBQAAAAAAAAAIQAXPGRWJwAAACcAAAAIAAAAaW5kZXguanNleHBvcnRzLmhhbmRsZXIgPSBhc3luYyAoKSA9PiAib3RoZXIiOwpQSwECFAMUAAAAAAAAACEAFzxkVicAAAAnAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXguanNQSwUGAAAAAAEAAQA2AAAATQAAAAAA",
  "base64",
);

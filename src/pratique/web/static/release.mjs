// What a page does for pratique.network.paged: it fetches files, and answers whether Ed25519 signatures hold.

const PATIENCE = 120_000;

/** Each file under `address` by its name: its octets, or null where the network does not have it. */
export async function fetched(address, names) {
  return Promise.all(names.map(async (name) => {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(`${address}/${name}`, { cache: "no-store", credentials: "omit", signal });
    if (answer.status === 403 || answer.status === 404) return null;
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }));
}

/** For each check (key, signed, signature, all octets): whether the signature holds. */
export async function answered(checks) {
  return Promise.all(checks.map(async ({ key, signed, signature }) => {
    try {
      const known = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", known, signature, signed);
    } catch (fault) {
      if (fault.name === "DataError") return false; // no key of this kind
      throw fault;
    }
  }));
}

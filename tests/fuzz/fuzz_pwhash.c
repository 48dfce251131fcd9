/* SPDX-License-Identifier: MIT */
/* Fuzzes base/pwhash: "stored secret LF secret". Schemes that take long are only parsed. */
#include <string.h>

#include "base/pwhash.h"
#include "fuzz_drive.h"

const char *const fuzz_seeds[] = {
	"{PLAIN}right-pw\nright-pw",
	"{PLAIN.b64}cmlnaHQtcHc=\nright-pw",
	"{SHA}JKrl/S9IBySaR46ZnHd72SLS2L4=\nright-pw",
	"{SSHA512}eAQzTmmonYxJQKrYkMDH048YwdSZrlmN4y5+676r7w3bDQAbGXlpWwpS9rAGN1tLKVPyH/iLjfHf0KJiPGS"
	"Il2ry8K0=\nright-pw",
	"{SHA256.HEX}f3fd3d85d270705e239c9772a0452f084fed338758baff1c19caffff10981182\nright-pw",
	"{DES-CRYPT}ribdotZWG1Eqs\nright-pw",
	"{NT}8846f7eaee8fb117ad06bdd830b7586c\npassword",
	"$3$$8846f7eaee8fb117ad06bdd830b7586c\npassword",
	"{CRYPT}$6$rounds=5000$B7u6nM3zUS.fsWjr$l5RYYX1yUYr4IAdLIFgnYoa5HyzltWN\nx",
	"$y$j9T$abcdefghijklmnop$x\nx",
	"$2y$05$ApUfmoAfym1AQZC2KMw.AedapYXIJwdFGeVBakuvsvzrzpDyCKfTq\nx",
	"$7$CU..../....abcdefgh$x\nx",
	"$sha1$40000$jtNX3nZ2$hBNaIXkt4wBI2o5rsi8KejSjNqIq\nx",
	"$md5,rounds=5000$abcdefgh$$x\nx",
	"_J9..abcdabcdefghijk\nx",
	"{PBKDF2}$1$salt$5$4e8ede0015426e89128434dcd9f1e7a63e432381\nx",
	"{PBKDF2-SHA256}10$jq40ImWtmpTE.aYDYV1GfQ$mpiL4ui02ACmYOAnCjp/MI1gQk50xLbZ54RZneU0fCg\nx",
	"$argon2id$v=19$m=65536,t=3,p=1$QvhqSUZE3/PwAxo2ZRRosw$MLySvXzjmlUrFe9KbyalkoRzJu5EBtq4m2K+b7R"
	"lHZk\nx",
	"{SCRAM-SHA-1}10,0cV8AsJq7KxdlEOcChWMkA==,E24Q/O8uDyi8vkeYxtwXoB92V8I=,t0NB2zIoFahCyh4uwqltcb"
	"FZOIw=\nx",
	"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPL"
	"wcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\npencil",
	NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = {(const char *)data, size}, stored, cleartext;
	struct pwhash_scram scram;
	const char *fault = "";
	bool valid;

	if (!span_take_until(&in, '\n', &stored))
		return 0;
	valid = pwhash_valid(stored, &fault);
	FUZZ_HOLDS(valid == (fault == NULL));
	FUZZ_HOLDS(valid || !pwhash_slow(stored));
	if (!pwhash_slow(stored)) {
		enum pwhash_match match = pwhash_verify(stored, in);

		FUZZ_HOLDS(valid || match == PWHASH_BROKEN);
		FUZZ_HOLDS(match != PWHASH_FAILED);
	}
	if (pwhash_cleartext(stored, &cleartext)) {
		FUZZ_HOLDS(pwhash_form(stored) == PWHASH_CLEARTEXT);
		FUZZ_HOLDS(pwhash_verify(stored, cleartext) == PWHASH_YES);
	}
	if (pwhash_scram(stored, &scram)) {
		FUZZ_HOLDS(valid);
		FUZZ_HOLDS(scram.iterations > 0 && scram.salt_len > 0);
		FUZZ_HOLDS(scram.salt_len <= sizeof(scram.salt));
		FUZZ_HOLDS(scram.key_len == 20 || scram.key_len == 32);
	}
	return 0;
}

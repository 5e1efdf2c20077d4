//! What happened to an object.

super::vocabulary! {
    /// What happened to an object.
    EventType is "eventType" {
        /// An object was added to what the archive answers for.
        Accession = "accession", Some("acc");
        /// Somebody judged whether an object is worth keeping.
        Appraisal = "appraisal", Some("app");
        /// An object was actively obtained, such as from the web.
        Capture = "capture", Some("cap");
        /// Source code was turned into a program.
        Compiling = "compiling", Some("cop");
        /// An object was encoded in fewer bytes.
        Compression = "compression", Some("com");
        /// An object came to be.
        Creation = "creation", Some("cre");
        /// An object was taken from what the archive answers for.
        Deaccession = "deaccession", Some("dea");
        /// A compression was undone.
        Decompression = "decompression", Some("dec");
        /// An encryption was undone.
        Decryption = "decryption", Some("der");
        /// An object was removed from the stores.
        Deletion = "deletion", Some("del");
        /// An object was signed.
        DigitalSignatureGeneration = "digital signature generation", Some("dsg");
        /// A signature was checked.
        DigitalSignatureValidation = "digital signature validation", Some("dig");
        /// An object was shown on a screen.
        Displaying = "displaying", Some("dsp");
        /// An object was given out: a restoration.
        Dissemination = "dissemination", Some("dis");
        /// An object was encrypted.
        Encryption = "encryption", Some("enc");
        /// A program that is an object was run.
        Execution = "execution", Some("exe");
        /// An object was given to another system in a form of that system.
        Exporting = "exporting", Some("exp");
        /// A part was taken out of an object.
        Extraction = "extraction", Some("ext");
        /// A file was given another name.
        FilenameChange = "filename change", Some("fil");
        /// The digests of a copy were compared with those on record.
        FixityCheck = "fixity check", Some("fix");
        /// An object was searched for private or hidden content.
        ForensicFeatureAnalysis = "forensic feature analysis", Some("ffa");
        /// The format of a file was found out.
        FormatIdentification = "format identification", Some("for");
        /// A whole medium was copied bit by bit.
        Imaging = "imaging", Some("ima");
        /// A package was put together.
        InformationPackageCreation = "information package creation", Some("ipc");
        /// Packages were made into one.
        InformationPackageMerging = "information package merging", Some("ipm");
        /// A package was made into several.
        InformationPackageSplitting = "information package splitting", Some("ips");
        /// An object was taken in as a whole.
        Ingestion = "ingestion", Some("ing");
        /// The taking in of an object ended.
        IngestionEnd = "ingestion end", Some("ine");
        /// The taking in of an object began.
        IngestionStart = "ingestion start", Some("ins");
        /// A program that is an object was run from its source.
        Interpreting = "interpreting", Some("int");
        /// A digest was computed for the first time.
        MessageDigestCalculation = "message digest calculation", Some("mes");
        /// Metadata were read out of a file.
        MetadataExtraction = "metadata extraction", Some("mee");
        /// What the archive records of an object was changed.
        MetadataModification = "metadata modification", Some("mem");
        /// An object was made anew in another format.
        Migration = "migration", Some("mig");
        /// An object's bytes were changed on purpose.
        Modification = "modification", Some("mod");
        /// An object was made anew in a format that the archive prefers.
        Normalization = "normalization", Some("nor");
        /// Files were put into one container.
        Packing = "packing", Some("pac");
        /// It was settled how an object is kept: its storage option.
        PolicyAssignment = "policy assignment", Some("poa");
        /// An object was printed.
        Printing = "printing", Some("prt");
        /// An object was set apart because it may do harm.
        Quarantine = "quarantine", Some("qua");
        /// Content was got back from a damaged medium or by way of a backup.
        Recovery = "recovery", Some("rec");
        /// Content was removed from an object so that it may be shown.
        Redaction = "redaction", Some("red");
        /// A copy was made anew on a medium of the same kind.
        Refreshment = "refreshment", Some("ref");
        /// An object was made perceptible.
        Rendering = "rendering", Some("ren");
        /// A copy was made that is the same bit by bit.
        Replication = "replication", Some("rep");
        /// An object was moved from one place or keeper to another.
        Transfer = "transfer", Some("tra");
        /// Files were taken out of their container.
        Unpacking = "unpacking", Some("unp");
        /// A quarantine ended.
        Unquarantine = "unquarantine", Some("unq");
        /// An object was compared with the rules of its format or profile.
        Validation = "validation", Some("val");
        /// An object was searched for malicious programs.
        VirusCheck = "virus check", Some("vir");
        /// It was settled who may see an object. A term of our own, in common use among archives.
        AccessAssignment = "access assignment", None;
        /// An object was given an identifier. A term of our own, in common use among archives.
        IdentifierAssignment = "identifier assignment", None;
        /// A damaged copy was replaced from a copy just proven good. A term of our own: the object as such was not
        /// changed, so that `modification` would be wrong, and `recovery` speaks of content that was lost.
        Repair = "repair", None;
    }
}

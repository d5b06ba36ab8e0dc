/**
 * Generated from the API server's types and OpenAPI documents, see test/e2e/types.test.ts. A line for each kind, then one for
 * each type: `7.replicas?*int32` is a field that is omitted if it is empty (`:` never, `~` if it is zero); a type with `*`
 * in front of it, without a name, is embedded. A number is that of the field in protobuf, if it is not the next one. `@` are the keys of a list, or nothing for a set; `+` the key by which
 * strategic merge patches merge it; `^` is retainKeys; `%` is replaced by them; `!` is atomic, `!-` is not, whatever its
 * type says; `=` the default.
 */
export const table = `
apiextensions.k8s.io/v1/CustomResourceDefinition > apiextensions/v1.CustomResourceDefinition
apps/v1/ControllerRevision > apps/v1.ControllerRevision
apps/v1/DaemonSet > apps/v1.DaemonSet
apps/v1/Deployment > apps/v1.Deployment
apps/v1/ReplicaSet > apps/v1.ReplicaSet
apps/v1/StatefulSet > apps/v1.StatefulSet
authentication.k8s.io/v1/SelfSubjectReview > authentication/v1.SelfSubjectReview
authorization.k8s.io/v1/LocalSubjectAccessReview > authorization/v1.LocalSubjectAccessReview
authorization.k8s.io/v1/SelfSubjectAccessReview > authorization/v1.SelfSubjectAccessReview
authorization.k8s.io/v1/SelfSubjectRulesReview > authorization/v1.SelfSubjectRulesReview
authorization.k8s.io/v1/SubjectAccessReview > authorization/v1.SubjectAccessReview
autoscaling/v1/Scale > autoscaling/v1.Scale
batch/v1/CronJob > batch/v1.CronJob
batch/v1/Job > batch/v1.Job
coordination.k8s.io/v1/Lease > coordination/v1.Lease
networking.k8s.io/v1/Ingress > networking/v1.Ingress
networking.k8s.io/v1/NetworkPolicy > networking/v1.NetworkPolicy
policy/v1/Eviction > policy/v1.Eviction
policy/v1/PodDisruptionBudget > policy/v1.PodDisruptionBudget
rbac.authorization.k8s.io/v1/ClusterRole > rbac/v1.ClusterRole
rbac.authorization.k8s.io/v1/ClusterRoleBinding > rbac/v1.ClusterRoleBinding
rbac.authorization.k8s.io/v1/Role > rbac/v1.Role
rbac.authorization.k8s.io/v1/RoleBinding > rbac/v1.RoleBinding
storage.k8s.io/v1/StorageClass > storage/v1.StorageClass
v1/ConfigMap > core/v1.ConfigMap
v1/DeleteOptions > meta/v1.DeleteOptions
v1/Event > core/v1.Event
v1/LimitRange > core/v1.LimitRange
v1/Namespace > core/v1.Namespace
v1/Node > core/v1.Node
v1/PersistentVolume > core/v1.PersistentVolume
v1/PersistentVolumeClaim > core/v1.PersistentVolumeClaim
v1/Pod > core/v1.Pod
v1/ResourceQuota > core/v1.ResourceQuota
v1/Secret > core/v1.Secret
v1/Service > core/v1.Service
v1/ServiceAccount > core/v1.ServiceAccount
api/resource.Quantity = itself
apiextensions/v1.ConditionStatus = string
apiextensions/v1.ConversionStrategyType = string
apiextensions/v1.CustomResourceColumnDefinition name:string type:string format?string description?string priority?int32 jsonPath:string
apiextensions/v1.CustomResourceConversion strategy:apiextensions/v1.ConversionStrategyType webhook?*apiextensions/v1.WebhookConversion
apiextensions/v1.CustomResourceDefinition *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec:apiextensions/v1.CustomResourceDefinitionSpec status?apiextensions/v1.CustomResourceDefinitionStatus
apiextensions/v1.CustomResourceDefinitionCondition type:apiextensions/v1.CustomResourceDefinitionConditionType status:apiextensions/v1.ConditionStatus lastTransitionTime?meta/v1.Time reason?string message?string observedGeneration?int64
apiextensions/v1.CustomResourceDefinitionConditionType = string
apiextensions/v1.CustomResourceDefinitionNames plural:string singular?string shortNames?[]string kind:string listKind?string categories?[]string
apiextensions/v1.CustomResourceDefinitionSpec group:string 3.names:apiextensions/v1.CustomResourceDefinitionNames scope:apiextensions/v1.ResourceScope 7.versions:[]apiextensions/v1.CustomResourceDefinitionVersion 9.conversion?*apiextensions/v1.CustomResourceConversion preserveUnknownFields?bool
apiextensions/v1.CustomResourceDefinitionStatus conditions:[]apiextensions/v1.CustomResourceDefinitionCondition@type acceptedNames:apiextensions/v1.CustomResourceDefinitionNames storedVersions:[]string observedGeneration?int64
apiextensions/v1.CustomResourceDefinitionVersion name:string served:bool storage:bool 7.deprecated?bool deprecationWarning?*string 4.schema?*apiextensions/v1.CustomResourceValidation subresources?*apiextensions/v1.CustomResourceSubresources additionalPrinterColumns?[]apiextensions/v1.CustomResourceColumnDefinition 9.selectableFields?[]apiextensions/v1.SelectableField
apiextensions/v1.CustomResourceSubresourceScale specReplicasPath:string statusReplicasPath:string labelSelectorPath?*string
apiextensions/v1.CustomResourceSubresourceStatus = 
apiextensions/v1.CustomResourceSubresources status?*apiextensions/v1.CustomResourceSubresourceStatus scale?*apiextensions/v1.CustomResourceSubresourceScale
apiextensions/v1.CustomResourceValidation openAPIV3Schema?*apiextensions/v1.JSONSchemaProps
apiextensions/v1.ExternalDocumentation description?string url?string
apiextensions/v1.FieldValueErrorReason = string
apiextensions/v1.JSON = itself
apiextensions/v1.JSONSchemaDefinitions = map[string]apiextensions/v1.JSONSchemaProps
apiextensions/v1.JSONSchemaDependencies = map[string]apiextensions/v1.JSONSchemaPropsOrStringArray
apiextensions/v1.JSONSchemaProps id?string $schema?apiextensions/v1.JSONSchemaURL $ref?*string description?string type?string format?string title?string default?*apiextensions/v1.JSON maximum?*float64 exclusiveMaximum?bool minimum?*float64 exclusiveMinimum?bool maxLength?*int64 minLength?*int64 pattern?string maxItems?*int64 minItems?*int64 uniqueItems?bool multipleOf?*float64 enum?[]apiextensions/v1.JSON maxProperties?*int64 minProperties?*int64 required?[]string items?*apiextensions/v1.JSONSchemaPropsOrArray allOf?[]apiextensions/v1.JSONSchemaProps oneOf?[]apiextensions/v1.JSONSchemaProps anyOf?[]apiextensions/v1.JSONSchemaProps not?*apiextensions/v1.JSONSchemaProps properties?map[string]apiextensions/v1.JSONSchemaProps additionalProperties?*apiextensions/v1.JSONSchemaPropsOrBool patternProperties?map[string]apiextensions/v1.JSONSchemaProps dependencies?apiextensions/v1.JSONSchemaDependencies additionalItems?*apiextensions/v1.JSONSchemaPropsOrBool definitions?apiextensions/v1.JSONSchemaDefinitions externalDocs?*apiextensions/v1.ExternalDocumentation example?*apiextensions/v1.JSON nullable?bool x-kubernetes-preserve-unknown-fields?*bool x-kubernetes-embedded-resource?bool x-kubernetes-int-or-string?bool x-kubernetes-list-map-keys?[]string x-kubernetes-list-type?*string x-kubernetes-map-type?*string x-kubernetes-validations?apiextensions/v1.ValidationRules@rule+rule
apiextensions/v1.JSONSchemaPropsOrArray = itself
apiextensions/v1.JSONSchemaPropsOrBool = itself
apiextensions/v1.JSONSchemaPropsOrStringArray = itself
apiextensions/v1.JSONSchemaURL = string
apiextensions/v1.ResourceScope = string
apiextensions/v1.SelectableField jsonPath:string
apiextensions/v1.ServiceReference namespace:string name:string path?*string port?*int32
apiextensions/v1.ValidationRule rule:string message?string messageExpression?string reason?*apiextensions/v1.FieldValueErrorReason fieldPath?string optionalOldSelf?*bool
apiextensions/v1.ValidationRules = []apiextensions/v1.ValidationRule
apiextensions/v1.WebhookClientConfig 3.url?*string 1.service?*apiextensions/v1.ServiceReference caBundle?[]uint8
apiextensions/v1.WebhookConversion 2.clientConfig?*apiextensions/v1.WebhookClientConfig conversionReviewVersions:[]string
apps/v1.ControllerRevision *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta data?pkg/runtime.RawExtension revision:int64
apps/v1.DaemonSet *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?apps/v1.DaemonSetSpec status?apps/v1.DaemonSetStatus
apps/v1.DaemonSetCondition type:apps/v1.DaemonSetConditionType status:core/v1.ConditionStatus lastTransitionTime?meta/v1.Time reason?string message?string
apps/v1.DaemonSetConditionType = string
apps/v1.DaemonSetSpec selector:*meta/v1.LabelSelector template:core/v1.PodTemplateSpec updateStrategy?apps/v1.DaemonSetUpdateStrategy minReadySeconds?int32 6.revisionHistoryLimit?*int32
apps/v1.DaemonSetStatus currentNumberScheduled:int32 numberMisscheduled:int32 desiredNumberScheduled:int32 numberReady:int32 observedGeneration?int64 updatedNumberScheduled?int32 numberAvailable?int32 numberUnavailable?int32 collisionCount?*int32 conditions?[]apps/v1.DaemonSetCondition@type+type
apps/v1.DaemonSetUpdateStrategy type?apps/v1.DaemonSetUpdateStrategyType rollingUpdate?*apps/v1.RollingUpdateDaemonSet
apps/v1.DaemonSetUpdateStrategyType = string
apps/v1.Deployment *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?apps/v1.DeploymentSpec status?apps/v1.DeploymentStatus
apps/v1.DeploymentCondition type:apps/v1.DeploymentConditionType status:core/v1.ConditionStatus 6.lastUpdateTime?meta/v1.Time lastTransitionTime?meta/v1.Time 4.reason?string message?string
apps/v1.DeploymentConditionType = string
apps/v1.DeploymentSpec replicas?*int32 selector:*meta/v1.LabelSelector template:core/v1.PodTemplateSpec strategy?apps/v1.DeploymentStrategy^ minReadySeconds?int32 revisionHistoryLimit?*int32 paused?bool 9.progressDeadlineSeconds?*int32
apps/v1.DeploymentStatus observedGeneration?int64 replicas?int32 updatedReplicas?int32 7.readyReplicas?int32 4.availableReplicas?int32 unavailableReplicas?int32 9.terminatingReplicas?*int32 6.conditions?[]apps/v1.DeploymentCondition@type+type 8.collisionCount?*int32
apps/v1.DeploymentStrategy type?apps/v1.DeploymentStrategyType rollingUpdate?*apps/v1.RollingUpdateDeployment
apps/v1.DeploymentStrategyType = string
apps/v1.PersistentVolumeClaimRetentionPolicyType = string
apps/v1.PodManagementPolicyType = string
apps/v1.ReplicaSet *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?apps/v1.ReplicaSetSpec status?apps/v1.ReplicaSetStatus
apps/v1.ReplicaSetCondition type:apps/v1.ReplicaSetConditionType status:core/v1.ConditionStatus lastTransitionTime?meta/v1.Time reason?string message?string
apps/v1.ReplicaSetConditionType = string
apps/v1.ReplicaSetSpec replicas?*int32 4.minReadySeconds?int32 2.selector:*meta/v1.LabelSelector template?core/v1.PodTemplateSpec
apps/v1.ReplicaSetStatus replicas:int32 fullyLabeledReplicas?int32 4.readyReplicas?int32 availableReplicas?int32 7.terminatingReplicas?*int32 3.observedGeneration?int64 6.conditions?[]apps/v1.ReplicaSetCondition@type+type
apps/v1.RollingUpdateDaemonSet maxUnavailable?*util/intstr.IntOrString maxSurge?*util/intstr.IntOrString
apps/v1.RollingUpdateDeployment maxUnavailable?*util/intstr.IntOrString maxSurge?*util/intstr.IntOrString
apps/v1.RollingUpdateStatefulSetStrategy partition?*int32 maxUnavailable?*util/intstr.IntOrString
apps/v1.StatefulSet *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?apps/v1.StatefulSetSpec status?apps/v1.StatefulSetStatus
apps/v1.StatefulSetCondition type:apps/v1.StatefulSetConditionType status:core/v1.ConditionStatus lastTransitionTime?meta/v1.Time reason?string message?string
apps/v1.StatefulSetConditionType = string
apps/v1.StatefulSetOrdinals start:int32
apps/v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted?apps/v1.PersistentVolumeClaimRetentionPolicyType whenScaled?apps/v1.PersistentVolumeClaimRetentionPolicyType
apps/v1.StatefulSetSpec replicas?*int32 selector:*meta/v1.LabelSelector template:core/v1.PodTemplateSpec volumeClaimTemplates?[]core/v1.PersistentVolumeClaim serviceName:string podManagementPolicy?apps/v1.PodManagementPolicyType updateStrategy?apps/v1.StatefulSetUpdateStrategy revisionHistoryLimit?*int32 minReadySeconds?int32 persistentVolumeClaimRetentionPolicy?*apps/v1.StatefulSetPersistentVolumeClaimRetentionPolicy ordinals?*apps/v1.StatefulSetOrdinals
apps/v1.StatefulSetStatus observedGeneration?int64 replicas:int32 readyReplicas?int32 currentReplicas?int32 updatedReplicas?int32 currentRevision?string updateRevision?string 9.collisionCount?*int32 conditions?[]apps/v1.StatefulSetCondition@type+type availableReplicas:int32
apps/v1.StatefulSetUpdateStrategy type?apps/v1.StatefulSetUpdateStrategyType rollingUpdate?*apps/v1.RollingUpdateStatefulSetStrategy
apps/v1.StatefulSetUpdateStrategyType = string
authentication/v1.ExtraValue = []string
authentication/v1.SelfSubjectReview *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta status?authentication/v1.SelfSubjectReviewStatus
authentication/v1.SelfSubjectReviewStatus userInfo?authentication/v1.UserInfo
authentication/v1.UserInfo username?string uid?string groups?[]string extra?map[string]authentication/v1.ExtraValue
authorization/v1.ExtraValue = []string
authorization/v1.FieldSelectorAttributes rawSelector?string requirements?[]meta/v1.FieldSelectorRequirement
authorization/v1.LabelSelectorAttributes rawSelector?string requirements?[]meta/v1.LabelSelectorRequirement
authorization/v1.LocalSubjectAccessReview *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec:authorization/v1.SubjectAccessReviewSpec status?authorization/v1.SubjectAccessReviewStatus
authorization/v1.NonResourceAttributes path?string verb?string
authorization/v1.NonResourceRule verbs:[]string nonResourceURLs?[]string
authorization/v1.ResourceAttributes namespace?string verb?string group?string version?string resource?string subresource?string name?string fieldSelector?*authorization/v1.FieldSelectorAttributes labelSelector?*authorization/v1.LabelSelectorAttributes
authorization/v1.ResourceRule verbs:[]string apiGroups?[]string resources?[]string resourceNames?[]string
authorization/v1.SelfSubjectAccessReview *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec:authorization/v1.SelfSubjectAccessReviewSpec status?authorization/v1.SubjectAccessReviewStatus
authorization/v1.SelfSubjectAccessReviewSpec resourceAttributes?*authorization/v1.ResourceAttributes nonResourceAttributes?*authorization/v1.NonResourceAttributes
authorization/v1.SelfSubjectRulesReview *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec:authorization/v1.SelfSubjectRulesReviewSpec status?authorization/v1.SubjectRulesReviewStatus
authorization/v1.SelfSubjectRulesReviewSpec namespace?string
authorization/v1.SubjectAccessReview *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec:authorization/v1.SubjectAccessReviewSpec status?authorization/v1.SubjectAccessReviewStatus
authorization/v1.SubjectAccessReviewSpec resourceAttributes?*authorization/v1.ResourceAttributes nonResourceAttributes?*authorization/v1.NonResourceAttributes user?string groups?[]string extra?map[string]authorization/v1.ExtraValue uid?string
authorization/v1.SubjectAccessReviewStatus allowed:bool 4.denied?bool 2.reason?string evaluationError?string
authorization/v1.SubjectRulesReviewStatus resourceRules:[]authorization/v1.ResourceRule nonResourceRules:[]authorization/v1.NonResourceRule incomplete:bool evaluationError?string
autoscaling/v1.Scale *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?autoscaling/v1.ScaleSpec status?autoscaling/v1.ScaleStatus
autoscaling/v1.ScaleSpec replicas?int32
autoscaling/v1.ScaleStatus replicas:int32 selector?string
batch/v1.CompletionMode = string
batch/v1.ConcurrencyPolicy = string
batch/v1.CronJob *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?batch/v1.CronJobSpec status?batch/v1.CronJobStatus
batch/v1.CronJobSpec schedule:string 8.timeZone?*string 2.startingDeadlineSeconds?*int64 concurrencyPolicy?batch/v1.ConcurrencyPolicy suspend?*bool jobTemplate:batch/v1.JobTemplateSpec successfulJobsHistoryLimit?*int32 failedJobsHistoryLimit?*int32
batch/v1.CronJobStatus active?[]core/v1.ObjectReference 4.lastScheduleTime?*meta/v1.Time lastSuccessfulTime?*meta/v1.Time
batch/v1.Job *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?batch/v1.JobSpec status?batch/v1.JobStatus
batch/v1.JobCondition type:batch/v1.JobConditionType status:core/v1.ConditionStatus lastProbeTime?meta/v1.Time lastTransitionTime?meta/v1.Time reason?string message?string
batch/v1.JobConditionType = string
batch/v1.JobSpec parallelism?*int32 completions?*int32 activeDeadlineSeconds?*int64 11.podFailurePolicy?*batch/v1.PodFailurePolicy 16.successPolicy?*batch/v1.SuccessPolicy 7.backoffLimit?*int32 12.backoffLimitPerIndex?*int32 maxFailedIndexes?*int32 4.selector?*meta/v1.LabelSelector manualSelector?*bool template:core/v1.PodTemplateSpec 8.ttlSecondsAfterFinished?*int32 completionMode?*batch/v1.CompletionMode suspend?*bool 14.podReplacementPolicy?*batch/v1.PodReplacementPolicy managedBy?*string
batch/v1.JobStatus conditions?[]batch/v1.JobCondition+type startTime?*meta/v1.Time completionTime?*meta/v1.Time active?int32 succeeded?int32 failed?int32 11.terminating?*int32 7.completedIndexes?string 10.failedIndexes?*string 8.uncountedTerminatedPods?*batch/v1.UncountedTerminatedPods ready?*int32
batch/v1.JobTemplateSpec metadata?meta/v1.ObjectMeta spec?batch/v1.JobSpec
batch/v1.PodFailurePolicy rules:[]batch/v1.PodFailurePolicyRule
batch/v1.PodFailurePolicyAction = string
batch/v1.PodFailurePolicyOnExitCodesOperator = string
batch/v1.PodFailurePolicyOnExitCodesRequirement containerName?*string operator:batch/v1.PodFailurePolicyOnExitCodesOperator values:[]int32@
batch/v1.PodFailurePolicyOnPodConditionsPattern type:core/v1.PodConditionType status:core/v1.ConditionStatus
batch/v1.PodFailurePolicyRule action:batch/v1.PodFailurePolicyAction onExitCodes?*batch/v1.PodFailurePolicyOnExitCodesRequirement onPodConditions?[]batch/v1.PodFailurePolicyOnPodConditionsPattern
batch/v1.PodReplacementPolicy = string
batch/v1.SuccessPolicy rules:[]batch/v1.SuccessPolicyRule
batch/v1.SuccessPolicyRule succeededIndexes?*string succeededCount?*int32
batch/v1.UncountedTerminatedPods succeeded?[]pkg/types.UID@ failed?[]pkg/types.UID@
coordination/v1.CoordinatedLeaseStrategy = string
coordination/v1.Lease *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?coordination/v1.LeaseSpec
coordination/v1.LeaseSpec holderIdentity?*string leaseDurationSeconds?*int32 acquireTime?*meta/v1.MicroTime renewTime?*meta/v1.MicroTime leaseTransitions?*int32 strategy?*coordination/v1.CoordinatedLeaseStrategy preferredHolder?*string
core/v1.AWSElasticBlockStoreVolumeSource volumeID:string fsType?string partition?int32 readOnly?bool
core/v1.Affinity nodeAffinity?*core/v1.NodeAffinity podAffinity?*core/v1.PodAffinity podAntiAffinity?*core/v1.PodAntiAffinity
core/v1.AppArmorProfile type:core/v1.AppArmorProfileType localhostProfile?*string
core/v1.AppArmorProfileType = string
core/v1.AttachedVolume name:core/v1.UniqueVolumeName devicePath:string
core/v1.AzureDataDiskCachingMode = string
core/v1.AzureDataDiskKind = string
core/v1.AzureDiskVolumeSource diskName:string diskURI:string cachingMode?*core/v1.AzureDataDiskCachingMode="ReadWrite" fsType?*string="ext4" readOnly?*bool kind?*core/v1.AzureDataDiskKind="Shared"
core/v1.AzureFilePersistentVolumeSource secretName:string shareName:string readOnly?bool secretNamespace:*string
core/v1.AzureFileVolumeSource secretName:string shareName:string readOnly?bool
core/v1.CSIPersistentVolumeSource driver:string volumeHandle:string readOnly?bool fsType?string volumeAttributes?map[string]string controllerPublishSecretRef?*core/v1.SecretReference nodeStageSecretRef?*core/v1.SecretReference nodePublishSecretRef?*core/v1.SecretReference controllerExpandSecretRef?*core/v1.SecretReference nodeExpandSecretRef?*core/v1.SecretReference
core/v1.CSIVolumeSource driver:string readOnly?*bool fsType?*string volumeAttributes?map[string]string nodePublishSecretRef?*core/v1.LocalObjectReference
core/v1.Capabilities add?[]core/v1.Capability drop?[]core/v1.Capability
core/v1.Capability = string
core/v1.CephFSPersistentVolumeSource monitors:[]string path?string user?string secretFile?string secretRef?*core/v1.SecretReference readOnly?bool
core/v1.CephFSVolumeSource monitors:[]string path?string user?string secretFile?string secretRef?*core/v1.LocalObjectReference readOnly?bool
core/v1.CinderPersistentVolumeSource volumeID:string fsType?string readOnly?bool secretRef?*core/v1.SecretReference
core/v1.CinderVolumeSource volumeID:string fsType?string readOnly?bool secretRef?*core/v1.LocalObjectReference
core/v1.ClaimResourceStatus = string
core/v1.ClientIPConfig timeoutSeconds?*int32
core/v1.ClusterTrustBundleProjection name?*string signerName?*string labelSelector?*meta/v1.LabelSelector 5.optional?*bool 4.path:string
core/v1.ConditionStatus = string
core/v1.ConfigMap *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta 4.immutable?*bool 2.data?map[string]string binaryData?map[string][]uint8
core/v1.ConfigMapEnvSource 1.*core/v1.LocalObjectReference optional?*bool
core/v1.ConfigMapKeySelector! 1.*core/v1.LocalObjectReference key:string optional?*bool
core/v1.ConfigMapNodeConfigSource namespace:string name:string uid?pkg/types.UID resourceVersion?string kubeletConfigKey:string
core/v1.ConfigMapProjection 1.*core/v1.LocalObjectReference items?[]core/v1.KeyToPath 4.optional?*bool
core/v1.ConfigMapVolumeSource 1.*core/v1.LocalObjectReference items?[]core/v1.KeyToPath defaultMode?*int32 optional?*bool
core/v1.Container name:string image?string command?[]string args?[]string workingDir?string ports?[]core/v1.ContainerPort@containerPort,protocol+containerPort 19.envFrom?[]core/v1.EnvFromSource 7.env?[]core/v1.EnvVar@name+name resources?core/v1.ResourceRequirements 23.resizePolicy?[]core/v1.ContainerResizePolicy restartPolicy?*core/v1.ContainerRestartPolicy restartPolicyRules?[]core/v1.ContainerRestartRule 9.volumeMounts?[]core/v1.VolumeMount@mountPath+mountPath 21.volumeDevices?[]core/v1.VolumeDevice@devicePath+devicePath 10.livenessProbe?*core/v1.Probe readinessProbe?*core/v1.Probe 22.startupProbe?*core/v1.Probe 12.lifecycle?*core/v1.Lifecycle terminationMessagePath?string 20.terminationMessagePolicy?core/v1.TerminationMessagePolicy 14.imagePullPolicy?core/v1.PullPolicy securityContext?*core/v1.SecurityContext stdin?bool stdinOnce?bool tty?bool
core/v1.ContainerExtendedResourceRequest containerName:string resourceName:string requestName:string
core/v1.ContainerImage names:[]string sizeBytes?int64
core/v1.ContainerPort name?string hostPort?int32 containerPort:int32 protocol?core/v1.Protocol="TCP" hostIP?string
core/v1.ContainerResizePolicy resourceName:core/v1.ResourceName restartPolicy:core/v1.ResourceResizeRestartPolicy
core/v1.ContainerRestartPolicy = string
core/v1.ContainerRestartRule action?core/v1.ContainerRestartRuleAction exitCodes?*core/v1.ContainerRestartRuleOnExitCodes
core/v1.ContainerRestartRuleAction = string
core/v1.ContainerRestartRuleOnExitCodes operator?core/v1.ContainerRestartRuleOnExitCodesOperator values?[]int32@
core/v1.ContainerRestartRuleOnExitCodesOperator = string
core/v1.ContainerState waiting?*core/v1.ContainerStateWaiting running?*core/v1.ContainerStateRunning terminated?*core/v1.ContainerStateTerminated
core/v1.ContainerStateRunning startedAt?meta/v1.Time
core/v1.ContainerStateTerminated exitCode:int32 signal?int32 reason?string message?string startedAt?meta/v1.Time finishedAt?meta/v1.Time containerID?string
core/v1.ContainerStateWaiting reason?string message?string
core/v1.ContainerStatus name:string state?core/v1.ContainerState lastState?core/v1.ContainerState ready:bool restartCount:int32 image:string imageID:string containerID?string started?*bool allocatedResources?core/v1.ResourceList resources?*core/v1.ResourceRequirements volumeMounts?[]core/v1.VolumeMountStatus@mountPath+mountPath user?*core/v1.ContainerUser allocatedResourcesStatus?[]core/v1.ResourceStatus@name+name stopSignal?*core/v1.Signal
core/v1.ContainerUser linux?*core/v1.LinuxContainerUser
core/v1.DNSPolicy = string
core/v1.DaemonEndpoint Port:int32
core/v1.DownwardAPIProjection items?[]core/v1.DownwardAPIVolumeFile
core/v1.DownwardAPIVolumeFile path:string fieldRef?*core/v1.ObjectFieldSelector resourceFieldRef?*core/v1.ResourceFieldSelector mode?*int32
core/v1.DownwardAPIVolumeSource items?[]core/v1.DownwardAPIVolumeFile defaultMode?*int32
core/v1.EmptyDirVolumeSource medium?core/v1.StorageMedium sizeLimit?*api/resource.Quantity
core/v1.EnvFromSource prefix?string configMapRef?*core/v1.ConfigMapEnvSource secretRef?*core/v1.SecretEnvSource
core/v1.EnvVar name:string value?string valueFrom?*core/v1.EnvVarSource
core/v1.EnvVarSource fieldRef?*core/v1.ObjectFieldSelector resourceFieldRef?*core/v1.ResourceFieldSelector configMapKeyRef?*core/v1.ConfigMapKeySelector secretKeyRef?*core/v1.SecretKeySelector fileKeyRef?*core/v1.FileKeySelector
core/v1.EphemeralContainer 1.*core/v1.EphemeralContainerCommon targetContainerName?string
core/v1.EphemeralContainerCommon name:string image?string command?[]string args?[]string workingDir?string ports?[]core/v1.ContainerPort 19.envFrom?[]core/v1.EnvFromSource 7.env?[]core/v1.EnvVar resources?core/v1.ResourceRequirements 23.resizePolicy?[]core/v1.ContainerResizePolicy restartPolicy?*core/v1.ContainerRestartPolicy restartPolicyRules?[]core/v1.ContainerRestartRule 9.volumeMounts?[]core/v1.VolumeMount 21.volumeDevices?[]core/v1.VolumeDevice 10.livenessProbe?*core/v1.Probe readinessProbe?*core/v1.Probe 22.startupProbe?*core/v1.Probe 12.lifecycle?*core/v1.Lifecycle terminationMessagePath?string 20.terminationMessagePolicy?core/v1.TerminationMessagePolicy 14.imagePullPolicy?core/v1.PullPolicy securityContext?*core/v1.SecurityContext stdin?bool stdinOnce?bool tty?bool
core/v1.EphemeralVolumeSource volumeClaimTemplate?*core/v1.PersistentVolumeClaimTemplate
core/v1.Event *meta/v1.TypeMeta metadata:meta/v1.ObjectMeta involvedObject:core/v1.ObjectReference reason?string message?string source?core/v1.EventSource firstTimestamp?meta/v1.Time lastTimestamp?meta/v1.Time count?int32 type?string eventTime?meta/v1.MicroTime series?*core/v1.EventSeries action?string related?*core/v1.ObjectReference reportingComponent:string reportingInstance:string
core/v1.EventSeries count?int32 lastObservedTime?meta/v1.MicroTime
core/v1.EventSource component?string host?string
core/v1.ExecAction command?[]string
core/v1.FCVolumeSource targetWWNs?[]string lun?*int32 fsType?string readOnly?bool wwids?[]string
core/v1.FileKeySelector! volumeName:string path:string key:string optional?*bool
core/v1.FinalizerName = string
core/v1.FlexPersistentVolumeSource driver:string fsType?string secretRef?*core/v1.SecretReference readOnly?bool options?map[string]string
core/v1.FlexVolumeSource driver:string fsType?string secretRef?*core/v1.LocalObjectReference readOnly?bool options?map[string]string
core/v1.FlockerVolumeSource datasetName?string datasetUUID?string
core/v1.GCEPersistentDiskVolumeSource pdName:string fsType?string partition?int32 readOnly?bool
core/v1.GRPCAction port:int32 service:*string
core/v1.GitRepoVolumeSource repository:string revision?string directory?string
core/v1.GlusterfsPersistentVolumeSource endpoints:string path:string readOnly?bool endpointsNamespace?*string
core/v1.GlusterfsVolumeSource endpoints:string path:string readOnly?bool
core/v1.HTTPGetAction path?string port:util/intstr.IntOrString host?string scheme?core/v1.URIScheme httpHeaders?[]core/v1.HTTPHeader
core/v1.HTTPHeader name:string value:string
core/v1.HostAlias ip:string hostnames?[]string
core/v1.HostIP ip:string
core/v1.HostPathType = string
core/v1.HostPathVolumeSource path:string type?*core/v1.HostPathType
core/v1.IPFamily = string
core/v1.IPFamilyPolicy = string
core/v1.ISCSIPersistentVolumeSource targetPortal:string iqn:string lun:int32 iscsiInterface?string="default" fsType?string readOnly?bool portals?[]string chapAuthDiscovery?bool 11.chapAuthSession?bool 10.secretRef?*core/v1.SecretReference 12.initiatorName?*string
core/v1.ISCSIVolumeSource targetPortal:string iqn:string lun:int32 iscsiInterface?string="default" fsType?string readOnly?bool portals?[]string chapAuthDiscovery?bool 11.chapAuthSession?bool 10.secretRef?*core/v1.LocalObjectReference 12.initiatorName?*string
core/v1.ImageVolumeSource reference?string pullPolicy?core/v1.PullPolicy
core/v1.KeyToPath key:string path:string mode?*int32
core/v1.Lifecycle postStart?*core/v1.LifecycleHandler preStop?*core/v1.LifecycleHandler stopSignal?*core/v1.Signal
core/v1.LifecycleHandler exec?*core/v1.ExecAction httpGet?*core/v1.HTTPGetAction tcpSocket?*core/v1.TCPSocketAction sleep?*core/v1.SleepAction
core/v1.LimitRange *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.LimitRangeSpec
core/v1.LimitRangeItem type:core/v1.LimitType max?core/v1.ResourceList min?core/v1.ResourceList default?core/v1.ResourceList defaultRequest?core/v1.ResourceList maxLimitRequestRatio?core/v1.ResourceList
core/v1.LimitRangeSpec limits:[]core/v1.LimitRangeItem
core/v1.LimitType = string
core/v1.LinuxContainerUser uid:int64 gid:int64 supplementalGroups?[]int64
core/v1.LoadBalancerIPMode = string
core/v1.LoadBalancerIngress ip?string hostname?string ipMode?*core/v1.LoadBalancerIPMode ports?[]core/v1.PortStatus
core/v1.LoadBalancerStatus ingress?[]core/v1.LoadBalancerIngress
core/v1.LocalObjectReference! name?string=""
core/v1.LocalVolumeSource path:string fsType?*string
core/v1.ModifyVolumeStatus targetVolumeAttributesClassName?string status:core/v1.PersistentVolumeClaimModifyVolumeStatus
core/v1.MountPropagationMode = string
core/v1.NFSVolumeSource server:string path:string readOnly?bool
core/v1.Namespace *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.NamespaceSpec status?core/v1.NamespaceStatus
core/v1.NamespaceCondition type:core/v1.NamespaceConditionType status:core/v1.ConditionStatus 4.lastTransitionTime?meta/v1.Time reason?string message?string
core/v1.NamespaceConditionType = string
core/v1.NamespacePhase = string
core/v1.NamespaceSpec finalizers?[]core/v1.FinalizerName
core/v1.NamespaceStatus phase?core/v1.NamespacePhase conditions?[]core/v1.NamespaceCondition@type+type
core/v1.Node *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.NodeSpec status?core/v1.NodeStatus
core/v1.NodeAddress type:core/v1.NodeAddressType address:string
core/v1.NodeAddressType = string
core/v1.NodeAffinity requiredDuringSchedulingIgnoredDuringExecution?*core/v1.NodeSelector preferredDuringSchedulingIgnoredDuringExecution?[]core/v1.PreferredSchedulingTerm
core/v1.NodeCondition type:core/v1.NodeConditionType status:core/v1.ConditionStatus lastHeartbeatTime?meta/v1.Time lastTransitionTime?meta/v1.Time reason?string message?string
core/v1.NodeConditionType = string
core/v1.NodeConfigSource 2.configMap?*core/v1.ConfigMapNodeConfigSource
core/v1.NodeConfigStatus assigned?*core/v1.NodeConfigSource active?*core/v1.NodeConfigSource lastKnownGood?*core/v1.NodeConfigSource error?string
core/v1.NodeDaemonEndpoints kubeletEndpoint?core/v1.DaemonEndpoint
core/v1.NodeFeatures supplementalGroupsPolicy?*bool
core/v1.NodeInclusionPolicy = string
core/v1.NodePhase = string
core/v1.NodeRuntimeHandler name:string features?*core/v1.NodeRuntimeHandlerFeatures
core/v1.NodeRuntimeHandlerFeatures recursiveReadOnlyMounts?*bool userNamespaces?*bool
core/v1.NodeSelector! nodeSelectorTerms:[]core/v1.NodeSelectorTerm
core/v1.NodeSelectorOperator = string
core/v1.NodeSelectorRequirement key:string operator:core/v1.NodeSelectorOperator values?[]string
core/v1.NodeSelectorTerm! matchExpressions?[]core/v1.NodeSelectorRequirement matchFields?[]core/v1.NodeSelectorRequirement
core/v1.NodeSpec podCIDR?string 7.podCIDRs?[]string@+ 3.providerID?string unschedulable?bool taints?[]core/v1.Taint configSource?*core/v1.NodeConfigSource 2.externalID?string
core/v1.NodeStatus capacity?core/v1.ResourceList allocatable?core/v1.ResourceList phase?core/v1.NodePhase conditions?[]core/v1.NodeCondition@type+type addresses?[]core/v1.NodeAddress@type+type daemonEndpoints?core/v1.NodeDaemonEndpoints nodeInfo?core/v1.NodeSystemInfo images?[]core/v1.ContainerImage volumesInUse?[]core/v1.UniqueVolumeName volumesAttached?[]core/v1.AttachedVolume config?*core/v1.NodeConfigStatus runtimeHandlers?[]core/v1.NodeRuntimeHandler features?*core/v1.NodeFeatures declaredFeatures?[]string
core/v1.NodeSwapStatus capacity?*int64
core/v1.NodeSystemInfo machineID:string systemUUID:string bootID:string kernelVersion:string osImage:string containerRuntimeVersion:string kubeletVersion:string kubeProxyVersion:string operatingSystem:string architecture:string swap?*core/v1.NodeSwapStatus
core/v1.OSName = string
core/v1.ObjectFieldSelector! apiVersion?string fieldPath:string
core/v1.ObjectReference! kind?string namespace?string name?string uid?pkg/types.UID apiVersion?string resourceVersion?string fieldPath?string
core/v1.PersistentVolume *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.PersistentVolumeSpec status?core/v1.PersistentVolumeStatus
core/v1.PersistentVolumeAccessMode = string
core/v1.PersistentVolumeClaim *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.PersistentVolumeClaimSpec status?core/v1.PersistentVolumeClaimStatus
core/v1.PersistentVolumeClaimCondition type:core/v1.PersistentVolumeClaimConditionType status:core/v1.ConditionStatus lastProbeTime?meta/v1.Time lastTransitionTime?meta/v1.Time reason?string message?string
core/v1.PersistentVolumeClaimConditionType = string
core/v1.PersistentVolumeClaimModifyVolumeStatus = string
core/v1.PersistentVolumeClaimPhase = string
core/v1.PersistentVolumeClaimSpec accessModes?[]core/v1.PersistentVolumeAccessMode 4.selector?*meta/v1.LabelSelector 2.resources?core/v1.VolumeResourceRequirements volumeName?string 5.storageClassName?*string volumeMode?*core/v1.PersistentVolumeMode dataSource?*core/v1.TypedLocalObjectReference dataSourceRef?*core/v1.TypedObjectReference volumeAttributesClassName?*string
core/v1.PersistentVolumeClaimStatus phase?core/v1.PersistentVolumeClaimPhase accessModes?[]core/v1.PersistentVolumeAccessMode capacity?core/v1.ResourceList conditions?[]core/v1.PersistentVolumeClaimCondition@type+type allocatedResources?core/v1.ResourceList 7.allocatedResourceStatuses?map[core/v1.ResourceName]core/v1.ClaimResourceStatus!- currentVolumeAttributesClassName?*string modifyVolumeStatus?*core/v1.ModifyVolumeStatus
core/v1.PersistentVolumeClaimTemplate metadata?meta/v1.ObjectMeta spec:core/v1.PersistentVolumeClaimSpec
core/v1.PersistentVolumeClaimVolumeSource claimName:string readOnly?bool
core/v1.PersistentVolumeMode = string
core/v1.PersistentVolumePhase = string
core/v1.PersistentVolumeReclaimPolicy = string
core/v1.PersistentVolumeSource gcePersistentDisk?*core/v1.GCEPersistentDiskVolumeSource awsElasticBlockStore?*core/v1.AWSElasticBlockStoreVolumeSource hostPath?*core/v1.HostPathVolumeSource glusterfs?*core/v1.GlusterfsPersistentVolumeSource nfs?*core/v1.NFSVolumeSource rbd?*core/v1.RBDPersistentVolumeSource iscsi?*core/v1.ISCSIPersistentVolumeSource cinder?*core/v1.CinderPersistentVolumeSource cephfs?*core/v1.CephFSPersistentVolumeSource fc?*core/v1.FCVolumeSource flocker?*core/v1.FlockerVolumeSource flexVolume?*core/v1.FlexPersistentVolumeSource azureFile?*core/v1.AzureFilePersistentVolumeSource vsphereVolume?*core/v1.VsphereVirtualDiskVolumeSource quobyte?*core/v1.QuobyteVolumeSource azureDisk?*core/v1.AzureDiskVolumeSource photonPersistentDisk?*core/v1.PhotonPersistentDiskVolumeSource portworxVolume?*core/v1.PortworxVolumeSource scaleIO?*core/v1.ScaleIOPersistentVolumeSource local?*core/v1.LocalVolumeSource storageos?*core/v1.StorageOSPersistentVolumeSource csi?*core/v1.CSIPersistentVolumeSource
core/v1.PersistentVolumeSpec capacity?core/v1.ResourceList 2.*core/v1.PersistentVolumeSource accessModes?[]core/v1.PersistentVolumeAccessMode claimRef?*core/v1.ObjectReference!- persistentVolumeReclaimPolicy?core/v1.PersistentVolumeReclaimPolicy storageClassName?string mountOptions?[]string volumeMode?*core/v1.PersistentVolumeMode nodeAffinity?*core/v1.VolumeNodeAffinity volumeAttributesClassName?*string
core/v1.PersistentVolumeStatus phase?core/v1.PersistentVolumePhase message?string reason?string lastPhaseTransitionTime?*meta/v1.Time
core/v1.PhotonPersistentDiskVolumeSource pdID:string fsType?string
core/v1.Pod *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.PodSpec status?core/v1.PodStatus
core/v1.PodAffinity requiredDuringSchedulingIgnoredDuringExecution?[]core/v1.PodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution?[]core/v1.WeightedPodAffinityTerm
core/v1.PodAffinityTerm labelSelector?*meta/v1.LabelSelector namespaces?[]string topologyKey:string namespaceSelector?*meta/v1.LabelSelector matchLabelKeys?[]string mismatchLabelKeys?[]string
core/v1.PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution?[]core/v1.PodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution?[]core/v1.WeightedPodAffinityTerm
core/v1.PodCertificateProjection signerName?string keyType?string maxExpirationSeconds?*int32 credentialBundlePath?string keyPath?string certificateChainPath?string userAnnotations?map[string]string
core/v1.PodCondition type:core/v1.PodConditionType 7.observedGeneration?int64 2.status:core/v1.ConditionStatus lastProbeTime?meta/v1.Time lastTransitionTime?meta/v1.Time reason?string message?string
core/v1.PodConditionType = string
core/v1.PodDNSConfig nameservers?[]string searches?[]string options?[]core/v1.PodDNSConfigOption
core/v1.PodDNSConfigOption name?string value?*string
core/v1.PodExtendedResourceClaimStatus requestMappings:[]core/v1.ContainerExtendedResourceRequest resourceClaimName:string
core/v1.PodFSGroupChangePolicy = string
core/v1.PodIP ip:string
core/v1.PodOS name:core/v1.OSName
core/v1.PodPhase = string
core/v1.PodQOSClass = string
core/v1.PodReadinessGate conditionType:core/v1.PodConditionType
core/v1.PodResizeStatus = string
core/v1.PodResourceClaim name:string 3.resourceClaimName?*string resourceClaimTemplateName?*string
core/v1.PodResourceClaimStatus name:string resourceClaimName?*string
core/v1.PodSELinuxChangePolicy = string
core/v1.PodSchedulingGate name:string
core/v1.PodSecurityContext seLinuxOptions?*core/v1.SELinuxOptions 8.windowsOptions?*core/v1.WindowsSecurityContextOptions 2.runAsUser?*int64 6.runAsGroup?*int64 3.runAsNonRoot?*bool supplementalGroups?[]int64 12.supplementalGroupsPolicy?*core/v1.SupplementalGroupsPolicy 5.fsGroup?*int64 7.sysctls?[]core/v1.Sysctl 9.fsGroupChangePolicy?*core/v1.PodFSGroupChangePolicy seccompProfile?*core/v1.SeccompProfile appArmorProfile?*core/v1.AppArmorProfile 13.seLinuxChangePolicy?*core/v1.PodSELinuxChangePolicy
core/v1.PodSpec volumes?[]core/v1.Volume@name+name^ 20.initContainers?[]core/v1.Container@name+name 2.containers:[]core/v1.Container@name+name 34.ephemeralContainers?[]core/v1.EphemeralContainer@name+name 3.restartPolicy?core/v1.RestartPolicy terminationGracePeriodSeconds?*int64 activeDeadlineSeconds?*int64 dnsPolicy?core/v1.DNSPolicy nodeSelector?map[string]string! serviceAccountName?string serviceAccount?string 21.automountServiceAccountToken?*bool 10.nodeName?string hostNetwork?bool hostPID?bool hostIPC?bool 27.shareProcessNamespace?*bool 14.securityContext?*core/v1.PodSecurityContext imagePullSecrets?[]core/v1.LocalObjectReference@name+name hostname?string subdomain?string affinity?*core/v1.Affinity schedulerName?string 22.tolerations?[]core/v1.Toleration hostAliases?[]core/v1.HostAlias@ip+ip priorityClassName?string priority?*int32 dnsConfig?*core/v1.PodDNSConfig 28.readinessGates?[]core/v1.PodReadinessGate runtimeClassName?*string enableServiceLinks?*bool preemptionPolicy?*core/v1.PreemptionPolicy overhead?core/v1.ResourceList topologySpreadConstraints?[]core/v1.TopologySpreadConstraint@topologyKey,whenUnsatisfiable+topologyKey 35.setHostnameAsFQDN?*bool os?*core/v1.PodOS hostUsers?*bool schedulingGates?[]core/v1.PodSchedulingGate@name+name resourceClaims?[]core/v1.PodResourceClaim@name+name^ resources?*core/v1.ResourceRequirements hostnameOverride?*string workloadRef?*core/v1.WorkloadReference
core/v1.PodStatus 17.observedGeneration?int64 1.phase?core/v1.PodPhase conditions?[]core/v1.PodCondition@type+type message?string reason?string 11.nominatedNodeName?string 5.hostIP?string 16.hostIPs?[]core/v1.HostIP+ip 6.podIP?string 12.podIPs?[]core/v1.PodIP@ip+ip 7.startTime?*meta/v1.Time 10.initContainerStatuses?[]core/v1.ContainerStatus 8.containerStatuses?[]core/v1.ContainerStatus qosClass?core/v1.PodQOSClass 13.ephemeralContainerStatuses?[]core/v1.ContainerStatus resize?core/v1.PodResizeStatus resourceClaimStatuses?[]core/v1.PodResourceClaimStatus@name+name^ 18.extendedResourceClaimStatus?*core/v1.PodExtendedResourceClaimStatus allocatedResources?core/v1.ResourceList resources?*core/v1.ResourceRequirements
core/v1.PodTemplateSpec metadata?meta/v1.ObjectMeta spec?core/v1.PodSpec
core/v1.PortStatus port:int32 protocol:core/v1.Protocol error?*string
core/v1.PortworxVolumeSource volumeID:string fsType?string readOnly?bool
core/v1.PreemptionPolicy = string
core/v1.PreferredSchedulingTerm weight:int32 preference:core/v1.NodeSelectorTerm
core/v1.Probe 1.*core/v1.ProbeHandler initialDelaySeconds?int32 timeoutSeconds?int32 periodSeconds?int32 successThreshold?int32 failureThreshold?int32 terminationGracePeriodSeconds?*int64
core/v1.ProbeHandler exec?*core/v1.ExecAction httpGet?*core/v1.HTTPGetAction tcpSocket?*core/v1.TCPSocketAction grpc?*core/v1.GRPCAction
core/v1.ProcMountType = string
core/v1.ProjectedVolumeSource sources:[]core/v1.VolumeProjection defaultMode?*int32
core/v1.Protocol = string
core/v1.PullPolicy = string
core/v1.QuobyteVolumeSource registry:string volume:string readOnly?bool user?string group?string tenant?string
core/v1.RBDPersistentVolumeSource monitors:[]string image:string fsType?string pool?string="rbd" user?string="admin" keyring?string="/etc/ceph/keyring" secretRef?*core/v1.SecretReference readOnly?bool
core/v1.RBDVolumeSource monitors:[]string image:string fsType?string pool?string="rbd" user?string="admin" keyring?string="/etc/ceph/keyring" secretRef?*core/v1.LocalObjectReference readOnly?bool
core/v1.RecursiveReadOnlyMode = string
core/v1.ResourceClaim name:string request?string
core/v1.ResourceFieldSelector! containerName?string resource:string divisor?api/resource.Quantity
core/v1.ResourceHealth resourceID:core/v1.ResourceID health?core/v1.ResourceHealthStatus
core/v1.ResourceHealthStatus = string
core/v1.ResourceID = string
core/v1.ResourceList = map[core/v1.ResourceName]api/resource.Quantity
core/v1.ResourceName = string
core/v1.ResourceQuota *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.ResourceQuotaSpec status?core/v1.ResourceQuotaStatus
core/v1.ResourceQuotaScope = string
core/v1.ResourceQuotaSpec hard?core/v1.ResourceList scopes?[]core/v1.ResourceQuotaScope scopeSelector?*core/v1.ScopeSelector
core/v1.ResourceQuotaStatus hard?core/v1.ResourceList used?core/v1.ResourceList
core/v1.ResourceRequirements limits?core/v1.ResourceList requests?core/v1.ResourceList claims?[]core/v1.ResourceClaim@name
core/v1.ResourceResizeRestartPolicy = string
core/v1.ResourceStatus name:core/v1.ResourceName resources?[]core/v1.ResourceHealth@resourceID
core/v1.RestartPolicy = string
core/v1.SELinuxOptions user?string role?string type?string level?string
core/v1.ScaleIOPersistentVolumeSource gateway:string system:string secretRef:*core/v1.SecretReference sslEnabled?bool protectionDomain?string storagePool?string storageMode?string="ThinProvisioned" volumeName?string fsType?string="xfs" readOnly?bool
core/v1.ScaleIOVolumeSource gateway:string system:string secretRef:*core/v1.LocalObjectReference sslEnabled?bool protectionDomain?string storagePool?string storageMode?string="ThinProvisioned" volumeName?string fsType?string="xfs" readOnly?bool
core/v1.ScopeSelector! matchExpressions?[]core/v1.ScopedResourceSelectorRequirement
core/v1.ScopeSelectorOperator = string
core/v1.ScopedResourceSelectorRequirement scopeName:core/v1.ResourceQuotaScope operator:core/v1.ScopeSelectorOperator values?[]string
core/v1.SeccompProfile type:core/v1.SeccompProfileType localhostProfile?*string
core/v1.SeccompProfileType = string
core/v1.Secret *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta 5.immutable?*bool 2.data?map[string][]uint8 4.stringData?map[string]string 3.type?core/v1.SecretType
core/v1.SecretEnvSource 1.*core/v1.LocalObjectReference optional?*bool
core/v1.SecretKeySelector! 1.*core/v1.LocalObjectReference key:string optional?*bool
core/v1.SecretProjection 1.*core/v1.LocalObjectReference items?[]core/v1.KeyToPath 4.optional?*bool
core/v1.SecretReference! name?string namespace?string
core/v1.SecretType = string
core/v1.SecretVolumeSource secretName?string items?[]core/v1.KeyToPath defaultMode?*int32 optional?*bool
core/v1.SecurityContext capabilities?*core/v1.Capabilities privileged?*bool seLinuxOptions?*core/v1.SELinuxOptions 10.windowsOptions?*core/v1.WindowsSecurityContextOptions 4.runAsUser?*int64 8.runAsGroup?*int64 5.runAsNonRoot?*bool readOnlyRootFilesystem?*bool allowPrivilegeEscalation?*bool 9.procMount?*core/v1.ProcMountType 11.seccompProfile?*core/v1.SeccompProfile appArmorProfile?*core/v1.AppArmorProfile
core/v1.Service *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?core/v1.ServiceSpec status?core/v1.ServiceStatus
core/v1.ServiceAccount *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta secrets?[]core/v1.ObjectReference@name+name imagePullSecrets?[]core/v1.LocalObjectReference automountServiceAccountToken?*bool
core/v1.ServiceAccountTokenProjection audience?string expirationSeconds?*int64 path:string
core/v1.ServiceAffinity = string
core/v1.ServiceExternalTrafficPolicy = string
core/v1.ServiceInternalTrafficPolicy = string
core/v1.ServicePort name?string protocol?core/v1.Protocol="TCP" 6.appProtocol?*string 3.port:int32 targetPort?util/intstr.IntOrString nodePort?int32
core/v1.ServiceSpec ports?[]core/v1.ServicePort@port,protocol+port selector?map[string]string! clusterIP?string 18.clusterIPs?[]string 4.type?core/v1.ServiceType externalIPs?[]string 7.sessionAffinity?core/v1.ServiceAffinity loadBalancerIP?string loadBalancerSourceRanges?[]string externalName?string externalTrafficPolicy?core/v1.ServiceExternalTrafficPolicy healthCheckNodePort?int32 publishNotReadyAddresses?bool sessionAffinityConfig?*core/v1.SessionAffinityConfig 19.ipFamilies?[]core/v1.IPFamily 17.ipFamilyPolicy?*core/v1.IPFamilyPolicy 20.allocateLoadBalancerNodePorts?*bool loadBalancerClass?*string internalTrafficPolicy?*core/v1.ServiceInternalTrafficPolicy trafficDistribution?*string
core/v1.ServiceStatus loadBalancer?core/v1.LoadBalancerStatus conditions?[]meta/v1.Condition@type+type
core/v1.ServiceType = string
core/v1.SessionAffinityConfig clientIP?*core/v1.ClientIPConfig
core/v1.Signal = string
core/v1.SleepAction seconds:int64
core/v1.StorageMedium = string
core/v1.StorageOSPersistentVolumeSource volumeName?string volumeNamespace?string fsType?string readOnly?bool secretRef?*core/v1.ObjectReference
core/v1.StorageOSVolumeSource volumeName?string volumeNamespace?string fsType?string readOnly?bool secretRef?*core/v1.LocalObjectReference
core/v1.SupplementalGroupsPolicy = string
core/v1.Sysctl name:string value:string
core/v1.TCPSocketAction port:util/intstr.IntOrString host?string
core/v1.Taint key:string value?string effect:core/v1.TaintEffect timeAdded?*meta/v1.Time
core/v1.TaintEffect = string
core/v1.TerminationMessagePolicy = string
core/v1.Toleration key?string operator?core/v1.TolerationOperator value?string effect?core/v1.TaintEffect tolerationSeconds?*int64
core/v1.TolerationOperator = string
core/v1.TopologySelectorLabelRequirement key:string values:[]string
core/v1.TopologySelectorTerm! matchLabelExpressions?[]core/v1.TopologySelectorLabelRequirement
core/v1.TopologySpreadConstraint maxSkew:int32 topologyKey:string whenUnsatisfiable:core/v1.UnsatisfiableConstraintAction labelSelector?*meta/v1.LabelSelector minDomains?*int32 nodeAffinityPolicy?*core/v1.NodeInclusionPolicy nodeTaintsPolicy?*core/v1.NodeInclusionPolicy matchLabelKeys?[]string
core/v1.TypedLocalObjectReference! apiGroup:*string kind:string name:string
core/v1.TypedObjectReference apiGroup:*string kind:string name:string namespace?*string
core/v1.URIScheme = string
core/v1.UniqueVolumeName = string
core/v1.UnsatisfiableConstraintAction = string
core/v1.Volume name:string 2.*core/v1.VolumeSource
core/v1.VolumeDevice name:string devicePath:string
core/v1.VolumeMount name:string readOnly?bool 7.recursiveReadOnly?*core/v1.RecursiveReadOnlyMode 3.mountPath:string subPath?string mountPropagation?*core/v1.MountPropagationMode subPathExpr?string
core/v1.VolumeMountStatus name:string mountPath:string readOnly?bool recursiveReadOnly?*core/v1.RecursiveReadOnlyMode
core/v1.VolumeNodeAffinity required?*core/v1.NodeSelector
core/v1.VolumeProjection secret?*core/v1.SecretProjection downwardAPI?*core/v1.DownwardAPIProjection configMap?*core/v1.ConfigMapProjection serviceAccountToken?*core/v1.ServiceAccountTokenProjection clusterTrustBundle?*core/v1.ClusterTrustBundleProjection podCertificate?*core/v1.PodCertificateProjection
core/v1.VolumeResourceRequirements limits?core/v1.ResourceList requests?core/v1.ResourceList
core/v1.VolumeSource hostPath?*core/v1.HostPathVolumeSource emptyDir?*core/v1.EmptyDirVolumeSource gcePersistentDisk?*core/v1.GCEPersistentDiskVolumeSource awsElasticBlockStore?*core/v1.AWSElasticBlockStoreVolumeSource gitRepo?*core/v1.GitRepoVolumeSource secret?*core/v1.SecretVolumeSource nfs?*core/v1.NFSVolumeSource iscsi?*core/v1.ISCSIVolumeSource glusterfs?*core/v1.GlusterfsVolumeSource persistentVolumeClaim?*core/v1.PersistentVolumeClaimVolumeSource rbd?*core/v1.RBDVolumeSource flexVolume?*core/v1.FlexVolumeSource cinder?*core/v1.CinderVolumeSource cephfs?*core/v1.CephFSVolumeSource flocker?*core/v1.FlockerVolumeSource downwardAPI?*core/v1.DownwardAPIVolumeSource fc?*core/v1.FCVolumeSource azureFile?*core/v1.AzureFileVolumeSource configMap?*core/v1.ConfigMapVolumeSource vsphereVolume?*core/v1.VsphereVirtualDiskVolumeSource quobyte?*core/v1.QuobyteVolumeSource azureDisk?*core/v1.AzureDiskVolumeSource photonPersistentDisk?*core/v1.PhotonPersistentDiskVolumeSource 26.projected?*core/v1.ProjectedVolumeSource 24.portworxVolume?*core/v1.PortworxVolumeSource scaleIO?*core/v1.ScaleIOVolumeSource 27.storageos?*core/v1.StorageOSVolumeSource csi?*core/v1.CSIVolumeSource ephemeral?*core/v1.EphemeralVolumeSource image?*core/v1.ImageVolumeSource
core/v1.VsphereVirtualDiskVolumeSource volumePath:string fsType?string storagePolicyName?string storagePolicyID?string
core/v1.WeightedPodAffinityTerm weight:int32 podAffinityTerm:core/v1.PodAffinityTerm
core/v1.WindowsSecurityContextOptions gmsaCredentialSpecName?*string gmsaCredentialSpec?*string runAsUserName?*string hostProcess?*bool
core/v1.WorkloadReference name:string podGroup:string podGroupReplicaKey?string
meta/v1.Condition type:string status:meta/v1.ConditionStatus observedGeneration?int64 lastTransitionTime:meta/v1.Time reason:string message:string
meta/v1.ConditionStatus = string
meta/v1.DeleteOptions *meta/v1.TypeMeta gracePeriodSeconds?*int64 preconditions?*meta/v1.Preconditions orphanDependents?*bool propagationPolicy?*meta/v1.DeletionPropagation dryRun?[]string ignoreStoreReadErrorWithClusterBreakingPotential?*bool
meta/v1.DeletionPropagation = string
meta/v1.FieldSelectorOperator = string
meta/v1.FieldSelectorRequirement key:string operator:meta/v1.FieldSelectorOperator values?[]string
meta/v1.FieldsV1 = itself
meta/v1.LabelSelector! matchLabels?map[string]string matchExpressions?[]meta/v1.LabelSelectorRequirement
meta/v1.LabelSelectorOperator = string
meta/v1.LabelSelectorRequirement key:string operator:meta/v1.LabelSelectorOperator values?[]string
meta/v1.ManagedFieldsEntry manager?string operation?meta/v1.ManagedFieldsOperationType apiVersion?string time?*meta/v1.Time 6.fieldsType?string fieldsV1?*meta/v1.FieldsV1 subresource?string
meta/v1.ManagedFieldsOperationType = string
meta/v1.MicroTime = itself
meta/v1.ObjectMeta name?string generateName?string namespace?string selfLink?string uid?pkg/types.UID resourceVersion?string generation?int64 creationTimestamp~meta/v1.Time deletionTimestamp?*meta/v1.Time deletionGracePeriodSeconds?*int64 labels?map[string]string annotations?map[string]string ownerReferences?[]meta/v1.OwnerReference@uid+uid finalizers?[]string@+ 17.managedFields?[]meta/v1.ManagedFieldsEntry
meta/v1.OwnerReference! 5.apiVersion:string 1.kind:string 3.name:string uid:pkg/types.UID 6.controller?*bool blockOwnerDeletion?*bool
meta/v1.Preconditions uid?*pkg/types.UID resourceVersion?*string
meta/v1.Time = itself
meta/v1.TypeMeta kind?string apiVersion?string
networking/v1.HTTPIngressPath path?string 3.pathType:*networking/v1.PathType 2.backend:networking/v1.IngressBackend
networking/v1.HTTPIngressRuleValue paths:[]networking/v1.HTTPIngressPath
networking/v1.IPBlock cidr:string except?[]string
networking/v1.Ingress *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?networking/v1.IngressSpec status?networking/v1.IngressStatus
networking/v1.IngressBackend 4.service?*networking/v1.IngressServiceBackend 3.resource?*core/v1.TypedLocalObjectReference
networking/v1.IngressLoadBalancerIngress ip?string hostname?string 4.ports?[]networking/v1.IngressPortStatus
networking/v1.IngressLoadBalancerStatus ingress?[]networking/v1.IngressLoadBalancerIngress
networking/v1.IngressPortStatus port:int32 protocol:core/v1.Protocol error?*string
networking/v1.IngressRule host?string 2.*networking/v1.IngressRuleValue
networking/v1.IngressRuleValue http?*networking/v1.HTTPIngressRuleValue
networking/v1.IngressServiceBackend name:string port?networking/v1.ServiceBackendPort
networking/v1.IngressSpec 4.ingressClassName?*string 1.defaultBackend?*networking/v1.IngressBackend tls?[]networking/v1.IngressTLS rules?[]networking/v1.IngressRule
networking/v1.IngressStatus loadBalancer?networking/v1.IngressLoadBalancerStatus
networking/v1.IngressTLS hosts?[]string secretName?string
networking/v1.NetworkPolicy *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?networking/v1.NetworkPolicySpec
networking/v1.NetworkPolicyEgressRule ports?[]networking/v1.NetworkPolicyPort to?[]networking/v1.NetworkPolicyPeer
networking/v1.NetworkPolicyIngressRule ports?[]networking/v1.NetworkPolicyPort from?[]networking/v1.NetworkPolicyPeer
networking/v1.NetworkPolicyPeer podSelector?*meta/v1.LabelSelector namespaceSelector?*meta/v1.LabelSelector ipBlock?*networking/v1.IPBlock
networking/v1.NetworkPolicyPort protocol?*core/v1.Protocol port?*util/intstr.IntOrString endPort?*int32
networking/v1.NetworkPolicySpec podSelector:meta/v1.LabelSelector ingress?[]networking/v1.NetworkPolicyIngressRule egress?[]networking/v1.NetworkPolicyEgressRule policyTypes?[]networking/v1.PolicyType
networking/v1.PathType = string
networking/v1.PolicyType = string
networking/v1.ServiceBackendPort! name?string number?int32
pkg/runtime.RawExtension = itself
pkg/types.UID = string
policy/v1.Eviction *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta deleteOptions?*meta/v1.DeleteOptions
policy/v1.PodDisruptionBudget *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta spec?policy/v1.PodDisruptionBudgetSpec status?policy/v1.PodDisruptionBudgetStatus
policy/v1.PodDisruptionBudgetSpec minAvailable?*util/intstr.IntOrString selector?*meta/v1.LabelSelector% maxUnavailable?*util/intstr.IntOrString unhealthyPodEvictionPolicy?*policy/v1.UnhealthyPodEvictionPolicyType
policy/v1.PodDisruptionBudgetStatus observedGeneration?int64 disruptedPods?map[string]meta/v1.Time disruptionsAllowed:int32 currentHealthy:int32 desiredHealthy:int32 expectedPods:int32 conditions?[]meta/v1.Condition@type+type
policy/v1.UnhealthyPodEvictionPolicyType = string
rbac/v1.AggregationRule clusterRoleSelectors?[]meta/v1.LabelSelector
rbac/v1.ClusterRole *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta rules:[]rbac/v1.PolicyRule aggregationRule?*rbac/v1.AggregationRule
rbac/v1.ClusterRoleBinding *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta subjects?[]rbac/v1.Subject roleRef:rbac/v1.RoleRef
rbac/v1.PolicyRule verbs:[]string apiGroups?[]string resources?[]string resourceNames?[]string nonResourceURLs?[]string
rbac/v1.Role *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta rules:[]rbac/v1.PolicyRule
rbac/v1.RoleBinding *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta subjects?[]rbac/v1.Subject roleRef:rbac/v1.RoleRef
rbac/v1.RoleRef! apiGroup:string kind:string name:string
rbac/v1.Subject! kind:string apiGroup?string name:string namespace?string
storage/v1.StorageClass *meta/v1.TypeMeta metadata?meta/v1.ObjectMeta provisioner:string parameters?map[string]string reclaimPolicy?*core/v1.PersistentVolumeReclaimPolicy mountOptions?[]string allowVolumeExpansion?*bool volumeBindingMode?*storage/v1.VolumeBindingMode allowedTopologies?[]core/v1.TopologySelectorTerm
storage/v1.VolumeBindingMode = string
util/intstr.IntOrString = itself
`;
